import type { RandomStream } from '../../src-main/random.ts';

/**
 * What came of one attack.
 *
 * - `survived`: nothing that was stored is lost, and what the program said is true.
 * - `lost`: something stored is gone or is not what was stored, or something got in or out that must not.
 * - `hung`: the program was still at work when its time was over, or took more memory than its share.
 * - `misreported`: nothing is lost, but the program said what isn't so, or a person can't act on what it said.
 */
export const OUTCOMES = ['survived', 'lost', 'hung', 'misreported'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Verdict {
  readonly outcome: Outcome;
  /** What was done, for a person who has to repeat it by hand: `PNG of 60x60 pixels, 3 bits flipped`. */
  readonly attack: string;
  /** What was seen. Absent: what was to be expected. */
  readonly found?: string;
}

/** What an attack may use. Everything by chance comes from `random`, so that the same number of the same seed is the same attack. */
export interface Attack {
  readonly number: number;
  readonly random: RandomStream;
  /** An empty folder for this attack alone, removed after it. */
  readonly folder: string;
}

/** What the attacks of one campaign share: a home that took a while to make, a process that waits for work. */
export interface Target {
  /** Ends by itself within the part's patience, whatever the program does: what hangs, the attack ends and calls `hung`. */
  attack(attack: Attack): Promise<Verdict>;
  close(): Promise<void>;
}

/** One kind of campaign: a file of this folder, listed in parts.ts. */
export interface Part {
  readonly name: string;
  /** What is attacked and how, in one line. */
  readonly about: string;
  /** Attacks of a short round: enough for the part's own test. */
  readonly few: number;
  /** Milliseconds after which the campaign calls an attack hung that has not ended by itself. */
  readonly patience: number;
  /** @param folder an empty one, removed at the end */
  open(folder: string): Promise<Target>;
}
