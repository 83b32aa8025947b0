import type { RunResult } from '../curves.ts';
import type { Protocol } from '../protocol.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Runs } from './measured.ts';

/** What the statements are held against, for networks trained on one half (or on both, where they count together). */
export interface Evidence {
  readonly target: Half;
  /** Weight layers of the network. */
  readonly depth: number;
  /** False where a base can't be told from guessing: then nothing can be lost or gained by transplanting. */
  readonly learnt: boolean;
  /** Of the study itself. */
  readonly own: Runs;
  /** With random halves: the study's own, or those of its companion. */
  readonly near: Runs;
  /** With halves chosen by meaning: the study's own, or those of its companion. */
  readonly distant: Runs;
}

export const NO_RUNS: Runs = { results: [], unitOf: (replicate) => replicate };

/**
 * Results with what is independent of each other among them. Of several random splits it is the split: its replicates share
 * classes and images. Otherwise it is the training seed, and nothing is said of other splits.
 */
export function runsOf(results: readonly RunResult[], protocol: Pick<Protocol, 'split' | 'replicates'>): Runs {
  const { replicates } = protocol;
  const bySplit = protocol.split.kind === 'random' && new Set(replicates.map(({ splitSeed }) => splitSeed)).size > 1;
  return { results, unitOf: (replicate) => replicates[replicate][bySplit ? 'splitSeed' : 'trainingSeed'] };
}
