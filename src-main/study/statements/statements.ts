import type { RunResult } from '../results/curves.ts';

type Kind = RunResult['kind'];

/** Which part of the network a statement is about (`layersOf`). */
export type Zone = 'first' | 'middle' | 'top' | 'all';

/**
 * Whose runs are compared. `own`: the study's own. `distant`: those of halves chosen by meaning, this study's or a
 * companion's. `near and distant`: the difference with random halves less the same difference with chosen ones.
 */
type Halves = 'own' | 'distant' | 'near and distant';

/** One statement of Yosinski et al. (2014), in a form that a study can test. */
export interface Statement {
  readonly id: string;
  readonly title: string;
  /** What the paper says, in a sentence. */
  readonly claim: string;
  /** Where in the paper. */
  readonly section: string;
  /** The effect is minuend - subtrahend, in points of top-1. */
  readonly minuend: Kind;
  readonly subtrahend: Kind;
  readonly halves: Halves;
  readonly zone: Zone;
  /** The sign of the effect that the statement is about: -1 a drop, 1 a rise. */
  readonly direction: 1 | -1;
  /** The words for such an effect. */
  readonly effect: string;
  /** Whether it claims that there is this effect, or that there is none of MARGIN (judge.ts) or more. */
  readonly claims: 'effect' | 'no effect';
}

/** In the order of the paper. */
export const STATEMENTS: readonly Statement[] = [
  {
    id: 'first-layers-general',
    title: 'The first layers are general',
    claim: 'The first layers transfer from A to B almost perfectly.',
    section: 'section 4.1, point 4, and Figure 2',
    minuend: 'transfer',
    subtrahend: 'base',
    halves: 'own',
    zone: 'first',
    direction: -1,
    effect: 'a drop',
    claims: 'no effect',
  },
  {
    id: 'fragile-co-adaptation',
    title: 'Co-adaptation is fragile in the middle',
    claim: 'A network chopped in its middle and frozen below does not recover its accuracy.',
    section: 'section 4.1, point 2, and Figure 2',
    minuend: 'selffer',
    subtrahend: 'base',
    halves: 'own',
    zone: 'middle',
    direction: -1,
    effect: 'a drop',
    claims: 'effect',
  },
  {
    id: 'specific-towards-the-top',
    title: 'Features become specific towards the top',
    claim: 'The last layers of A serve B worse than B’s own do.',
    section: 'section 4.1, point 4, and Figure 2',
    minuend: 'transfer',
    subtrahend: 'selffer',
    halves: 'own',
    zone: 'top',
    direction: -1,
    effect: 'a drop',
    claims: 'effect',
  },
  {
    id: 'transfer-boosts',
    title: 'Transfer and fine-tuning beat training from scratch',
    claim: 'A network that starts from A’s features and is fine-tuned generalises better than one trained on B alone.',
    section: 'section 4.1, point 5, and Table 1',
    minuend: 'transfer+',
    subtrahend: 'base',
    halves: 'own',
    zone: 'all',
    direction: 1,
    effect: 'a gain',
    claims: 'effect',
  },
  {
    id: 'not-longer-training',
    title: 'And not just because it trains longer',
    claim: 'The gain remains against a network that was trained twice on B.',
    section: 'section 4.1, point 5, and Table 1',
    minuend: 'transfer+',
    subtrahend: 'selffer+',
    halves: 'own',
    zone: 'all',
    direction: 1,
    effect: 'a gain',
    claims: 'effect',
  },
  {
    id: 'distance-of-tasks',
    title: 'The further apart the tasks, the less transfers',
    claim: 'Frozen features lose more between dissimilar halves than between random ones.',
    section: 'section 4.2 and Figure 3',
    minuend: 'transfer',
    subtrahend: 'base',
    halves: 'near and distant',
    zone: 'all',
    direction: 1,
    effect: 'a greater loss',
    claims: 'effect',
  },
  {
    id: 'distant-beats-random',
    title: 'Even distant features beat random ones',
    claim: 'Features from a dissimilar half are better than random weights.',
    section: 'section 4.3 and Figure 3',
    minuend: 'transfer',
    subtrahend: 'random',
    halves: 'distant',
    zone: 'all',
    direction: 1,
    effect: 'an advantage',
    claims: 'effect',
  },
];

/**
 * The layers n of a zone. The paper's network has eight weight layers: its n = 1, 2 transfer almost perfectly, at
 * n = 3, 4, 5 lost co-adaptation dominates and at n = 6, 7 specificity does (section 4.1, point 4). For other depths the
 * first and the last quarter, rounded, and what is between. A network of three weight layers has no middle.
 */
export function layersOf(zone: Zone, depth: number): number[] {
  const quarter = Math.max(1, Math.round(depth / 4));
  const all = Array.from({ length: depth - 1 }, (_, index) => index + 1);
  switch (zone) {
    case 'first':
      return all.filter((n) => n <= quarter);
    case 'middle':
      return all.filter((n) => n > quarter && n < depth - quarter);
    case 'top':
      return all.filter((n) => n > quarter && n >= depth - quarter);
    case 'all':
      return all;
  }
}
