import { treatmentName } from '../../src-main/common/treatments/treatments.ts';
import { RandomStream } from '../../src-main/random.ts';
import type { RunResult } from '../../src-main/study/results/curves.ts';
import { type Evidence, type Runs, runsOf } from '../../src-main/study/statements/evidence.ts';
import type { Judged } from '../../src-main/study/statements/judge.ts';
import { EXPECTED_SPREAD, SHARED } from '../../src-main/study/statements/resolution.ts';

/**
 * Simulated studies of which the truth is known. Accuracies are those of a mixed model: a level, a split that moves each
 * treatment, a seed within the split, and held-out images that are as hard for one network of a split as for another.
 */

/** Standard deviations in points; the level moves all networks of a split. */
export const SPREAD = { ...EXPECTED_SPREAD, level: 2 };
/** Held-out images of a half, where nothing else is said. */
export const IMAGES = 4000;
export const LEVEL_POINTS = 55;

export type Kind = RunResult['kind'];
export type Mean = (kind: Kind, n: number) => number;

export interface Layout {
  readonly splits: number;
  readonly seeds: number;
}
export const named = ({ splits, seeds }: Layout): string => `${splits} × ${seeds}`;

export interface Simulated {
  readonly runs: Runs;
  /** The expected accuracy of a treatment in the one split that there is, points; NaN with several. */
  readonly inSplit: (kind: Kind, n: number) => number;
}

/** Those of all studies, of which there are a hundred thousand. */
const NAMES = new Map<string, string>();

function nameOf(kind: Kind, n: number): string {
  const key = `${kind} ${n}`;
  if (!NAMES.has(key)) NAMES.set(key, treatmentName({ kind, n, target: 'B' }));
  return NAMES.get(key)!;
}

export function simulate(
  stream: RandomStream,
  { splits, seeds }: Layout,
  kinds: readonly Kind[],
  layers: readonly number[],
  mean: Mean,
  { chosen = false, images = IMAGES }: { chosen?: boolean; images?: number } = {},
): Simulated {
  const results: RunResult[] = [];
  const moved = new Map<string, number>();
  for (let split = 0; split < splits; split++) {
    const level = SPREAD.level * stream.gaussian();
    const hardness = stream.gaussian();
    const deviation = 100 * Math.sqrt(0.25 / images);
    for (const kind of kinds)
      for (const n of kind === 'base' ? [0] : layers) {
        const about = kind === 'base' ? 0 : mean(kind, n) + SPREAD.split * stream.gaussian();
        const expected = LEVEL_POINTS + level + about + deviation * Math.sqrt(SHARED) * hardness;
        moved.set(`${kind} ${n}`, splits === 1 ? expected : NaN);
        const treatment = { name: nameOf(kind, n), kind, n, target: 'B' } as const;
        for (let seed = 0; seed < seeds; seed++) {
          const own = SPREAD.seed * stream.gaussian() + deviation * Math.sqrt(1 - SHARED) * stream.gaussian();
          const correct = Math.round((images * Math.min(100, Math.max(0, expected + own))) / 100);
          results.push({ ...treatment, replicate: split * seeds + seed, correct, total: images, loss: 1 });
        }
      }
  }
  const runs = runsOf(results, protocolOf({ splits, seeds }, chosen));
  return { runs, inSplit: (kind, n) => moved.get(`${kind} ${n}`)! };
}

export const protocolOf = ({ splits, seeds }: Layout, chosen = false) => ({
  split: chosen ? ({ kind: 'lists', a: [], b: [] } as const) : ({ kind: 'random' } as const),
  replicates: Array.from({ length: splits * seeds }, (_, replicate) => ({
    splitSeed: Math.floor(replicate / seeds),
    trainingSeed: replicate % seeds,
  })),
});

/** How often something happens in so many studies. */
export function rate(studies: number, name: string, happens: (stream: RandomStream) => boolean): number {
  const stream = new RandomStream(19, name);
  let times = 0;
  for (let study = 0; study < studies; study++) if (happens(stream)) times++;
  return times / studies;
}

export const KINDS = ['base', 'selffer', 'selffer+', 'transfer', 'transfer+', 'random'] as const;
export const LAYERS = [1, 2, 3, 4, 5, 6, 7];
/** A verdict that there is the effect. */
export const claimsEffect = ({ statement, verdict }: Judged) =>
  verdict === (statement.claims === 'effect' ? 'supported' : 'not supported');
/** A verdict that there is none worth the name. */
export const claimsNone = ({ statement, verdict }: Judged) =>
  verdict === (statement.claims === 'effect' ? 'not supported' : 'supported');

/** What `judge` is told of a study of a network of eight layers. */
export const evidenceOf = (own: Runs, other: Partial<Evidence>): Evidence => {
  return { target: 'B', depth: 8, learnt: true, own, near: own, distant: { ...own, results: [] }, ...other };
};
