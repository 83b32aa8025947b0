import type { Protocol } from '../plan/protocol.ts';
import { holm, normalBelow, Z } from '../results/statistics.ts';
import { estimate, type Estimate, pValueAbove } from '../statements/estimate.ts';
import { average, difference, runsOf } from '../statements/evidence.ts';
import { type Choice, FEW_UNITS } from './choices.ts';

/** The level of the corrected tests by which a choice is told apart from the best. */
const LEVEL = 0.05;
/** A choice may cost so many points of top-1 at most, by its 95% interval, to be advised in the place of the best. */
export const TOLERANCE = 5;

/** A choice against the best, paired by replicate. */
export interface Compared {
  readonly choice: Choice;
  /** Choice - best, in points of top-1; undefined for the best itself, and where they share no replicate. */
  readonly against: Estimate | undefined;
  /** Two-sided p of no difference, corrected by Holm for all that are compared with the best; 1 where nothing is known. */
  readonly p: number;
}

/** All choices against the most accurate, which comes first. The others follow by falling accuracy. */
export function compareWithBest(
  choices: readonly Choice[],
  protocol: Pick<Protocol, 'split' | 'replicates'>,
): Compared[] {
  const [best, ...others] = choices.toSorted((a, b) => b.accuracy - a.accuracy || a.seconds - b.seconds);
  const estimates = others.map((choice) => pairedEstimate(choice, best, protocol));
  const p = holm(estimates.map((against) => (against ? pValue(against) : 1)));
  return [
    { choice: best, against: undefined, p: 1 },
    ...others.map((choice, place) => ({ choice, against: estimates[place], p: p[place] })),
  ];
}

/**
 * One - other in points of top-1, over the replicates that have both. Fewer than FEW_UNITS are compared by their images, as if all
 * had the same errors: this knows nothing of other seeds and splits, and the words say so.
 */
function pairedEstimate(
  one: Choice,
  other: Choice,
  protocol: Pick<Protocol, 'split' | 'replicates'>,
): Estimate | undefined {
  const pairs = one.results.flatMap((minuend) => {
    const subtrahend = other.results.find(
      ({ replicate, target }) => replicate === minuend.replicate && target === minuend.target,
    );
    return subtrahend ? [{ replicate: minuend.replicate, n: one.n, minuend, subtrahend }] : [];
  });
  if (pairs.length === 0) return undefined;
  const { unitOf } = runsOf([], protocol);
  const units = [...Map.groupBy(pairs, ({ replicate }) => unitOf(replicate)).values()];
  const values = units.map((ofUnit) => {
    return average([...Map.groupBy(ofUnit, ({ replicate }) => replicate).values()].map(difference));
  });
  return estimate(values.length < FEW_UNITS ? [average(values)] : values);
}

/** Student's t over replicates; with few, McNemar's exact p of one, or by the interval of their images on the side of zero. */
export function pValue({ points, interval, spread, p }: Estimate): number {
  if (p !== undefined) return p;
  if (spread) return Math.min(1, 2 * pValueAbove(0, points < 0 ? -1 : 1, points, spread));
  const half = points < 0 ? interval.high - points : points - interval.low;
  return half > 0 ? 2 * (1 - normalBelow((Z * Math.abs(points)) / half)) : 1;
}

/** Whether a test doesn't tell it apart from the best. */
export const isOpen = ({ p }: Compared): boolean => p >= LEVEL;

/** Whether it certainly loses less than TOLERANCE against the best. */
export const isTolerable = ({ against }: Compared): boolean =>
  against !== undefined && against.interval.low > -TOLERANCE;

/** Half of an interval, in points. */
export const halfWidth = ({ interval: { low, high } }: NonNullable<Compared['against']>): number => (high - low) / 2;
