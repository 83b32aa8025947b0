import { countOf, type Pooling, type RunResult } from './curves.ts';
import { OWN_SPLITS, replicated, type SplitOf } from './layout.ts';
import { imageDifference } from './paired.ts';
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { CONFIDENCE, holm, studentTail } from './statistics.ts';
import { curveName, type Half, type TreatmentKind } from '../../common/treatments/treatments.ts';
import type { EffectCurve, EffectName, EffectPoint } from '../../common/results/effects.ts';

type Kind = TreatmentKind | 'base';

/**
 * What the paper reads off its curves (section 4.1, Figure 2 bottom), each as minuend - subtrahend.
 * `selffer recovery` is the check that BnB+ stays at baseB.
 */
const EFFECTS = [
  { effect: 'fragile co-adaptation', minuend: 'selffer', subtrahend: 'base' },
  { effect: 'representation specificity', minuend: 'transfer', subtrahend: 'selffer' },
  { effect: 'generalisation boost', minuend: 'transfer+', subtrahend: 'base' },
  { effect: 'generalisation boost over selffer', minuend: 'transfer+', subtrahend: 'selffer+' },
  { effect: 'selffer recovery', minuend: 'selffer+', subtrahend: 'base' },
  { effect: 'transfer over random', minuend: 'transfer', subtrahend: 'random' },
] as const satisfies readonly { effect: EffectName; minuend: Kind; subtrahend: Kind }[];

/** Two runs of the same replicate, target half and n; `subtrahend` may be the base. */
export interface Pair {
  readonly replicate: number;
  readonly n: number;
  readonly minuend: RunResult;
  readonly subtrahend: RunResult;
}

/** All effects that have at least one complete pair. */
export function effectCurves(results: readonly RunResult[], pooling: Pooling): EffectCurve[] {
  const targets: readonly (Half | 'both')[] = pooling.directions === 'pooled' ? ['both'] : ['B', 'A'];
  return targets.flatMap((target) => {
    const runs = target === 'both' ? results : results.filter((run) => run.target === target);
    return EFFECTS.map(({ effect, minuend, subtrahend }) => {
      const half: Half = target === 'both' ? 'B' : target;
      return {
        effect,
        difference: differenceName(minuend, subtrahend, half),
        target: half,
        points: differences(runs, minuend, subtrahend, pooling.splitOf),
      };
    }).filter((curve) => curve.points.length > 0);
  });
}

/** Per n: mean of minuend - subtrahend over splits, in points of top-1. A base (n = 0) is paired with every n. */
export function differences(
  results: readonly RunResult[],
  minuend: Kind,
  subtrahend: Kind,
  splitOf: SplitOf = OWN_SPLITS,
): EffectPoint[] {
  return [...Map.groupBy(pairsOf(results, minuend, subtrahend), (pair) => pair.n).values()]
    .map((pairs) => effectPoint(pairs, splitOf))
    .sort((a, b) => a.n - b.n);
}

export function pairsOf(results: readonly RunResult[], minuend: Kind, subtrahend: Kind): Pair[] {
  const key = (run: RunResult, n: number) => `${run.replicate} ${run.target} ${n}`;
  const others = new Map(results.filter((run) => run.kind === subtrahend).map((run) => [key(run, run.n), run]));
  return results
    .filter((run) => run.kind === minuend)
    .flatMap((run) => {
      const other = others.get(key(run, subtrahend === 'base' ? 0 : run.n));
      return other ? [{ replicate: run.replicate, n: run.n, minuend: run, subtrahend: other }] : [];
    });
}

/** Paired by replicate, with the interval of `replicated`. With one replicate, that of its images (`imageDifference`). */
function effectPoint(pairs: readonly Pair[], splitOf: SplitOf): EffectPoint {
  const replicates = [...Map.groupBy(pairs, (pair) => pair.replicate)].map(([replicate, together]) => ({
    together,
    split: splitOf(replicate),
    minuend: countOf(together.map((pair) => pair.minuend)),
    subtrahend: countOf(together.map((pair) => pair.subtrahend)),
  }));
  const { mean, units, interval, how } = replicated(
    replicates.map(({ split, minuend, subtrahend }) => ({
      split,
      value: 100 * (minuend.correct / minuend.total - subtrahend.correct / subtrahend.total),
    })),
  );
  const ofImages = interval ? undefined : imageDifference(replicates[0].together);
  return {
    n: pairs[0].n,
    points: mean,
    interval: interval ?? ofImages!.interval,
    how: ofImages?.paired ? 'same images' : how,
    pairs: pairs.length,
    replicates: replicates.length,
    units,
  };
}

/** Values from which an effect may be told from chance: two say next to nothing about how much values differ. */
const ENOUGH = 3;
const LEVEL = 0.05;

/**
 * The points of effects that are told from chance: by Student's t over at least three independent values, corrected by Holm for all
 * points of these effects.
 */
export function toldFromChance(effects: readonly EffectCurve[]): ReadonlySet<EffectPoint> {
  const points = effects.flatMap((effect) => effect.points).filter(({ units }) => units >= ENOUGH);
  const p = holm(
    points.map(({ points: size, interval, units }) => {
      const degrees = units - 1;
      const error = (interval.high - interval.low) / 2 / studentQuantile((1 + CONFIDENCE) / 2, degrees);
      return size === 0 ? 1 : Math.min(1, 2 * studentTail(Math.abs(size) / error, degrees));
    }),
  );
  return new Set(points.filter((_, place) => p[place] < LEVEL));
}

/** `AnB − BnB` */
export function differenceName(minuend: Kind, subtrahend: Kind, target: Half): string {
  return `${curveName({ kind: minuend, target })} − ${curveName({ kind: subtrahend, target })}`;
}
