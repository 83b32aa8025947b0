import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import type { Interval, IntervalSource } from '../../common/results/intervals.ts';
import { CONFIDENCE, mean, standardDeviation, studentTail } from '../results/statistics.ts';
import type { Measured, Unit } from './evidence.ts';

/** The spread of independent values of one sample, or of two samples that are assumed to have the same variance. */
export interface Spread {
  /** Points of top-1. */
  readonly deviation: number;
  readonly sizes: readonly number[];
  /** Whether the last sample is the one split that was chosen, of which there can't be more. */
  readonly chosen?: boolean;
}

/** A difference in points of top-1, with what is known of its uncertainty. */
export interface Estimate {
  readonly points: number;
  /** 95%, not corrected for the number of comparisons. */
  readonly interval: Interval;
  readonly how: IntervalSource;
  /** The number of independent values behind it, in all samples. */
  readonly units: number;
  /** Null for a single value, which says nothing about how seeds and splits differ. */
  readonly spread: Spread | null;
  /** Two-sided exact p of no difference, of a single value whose images are paired. */
  readonly p?: number;
}

export const degreesOfFreedom = (spread: Spread, more = 0): number =>
  grown(spread, more).reduce((sum, size) => sum + size - 1, 0);

export const standardError = (spread: Spread, more = 0): number =>
  spread.deviation * Math.sqrt(grown(spread, more).reduce((sum, size) => sum + 1 / size, 0));

/** The sizes of the samples with so many more values in each that can grow. */
const grown = ({ sizes, chosen }: Spread, more: number): number[] =>
  sizes.map((size, place) => (chosen && place === sizes.length - 1 ? size : size + more));

/**
 * The mean of one sample, by Student's t (its values are differences that were paired before); or the difference of the
 * means of two samples, by Student's t with a common deviation: unlike Welch's it is defined when one side has a single value.
 */
export function estimate(
  first: readonly Measured[],
  second?: readonly Measured[],
  { over = 'splits', chosen }: { over?: IntervalSource; chosen?: boolean } = {},
): Estimate {
  const sides = second ? [first, second] : [first];
  const values = sides.map((side) => side.map(({ points }) => points));
  const points = mean(values[0]) - (second ? mean(values[1]) : 0);
  const found = spreadOf(values, resolution(sides.flat()));
  const spread = found && chosen ? { ...found, chosen } : found;
  const units = first.length + (second?.length ?? 0);
  if (!spread) {
    const interval = heldOutInterval(points, first[0], second?.[0]);
    const paired = first[0].paired && !second;
    return {
      points,
      interval,
      how: paired ? 'same images' : 'held-out images',
      units,
      spread,
      p: second ? undefined : first[0].p,
    };
  }
  const half = studentQuantile((1 + CONFIDENCE) / 2, degreesOfFreedom(spread)) * standardError(spread);
  return { points, interval: { low: points - half, high: points + half }, how: over, units, spread };
}

/** One-sided p-value for the effect `direction` * points being larger than `threshold`. */
export function pValueAbove(threshold: number, direction: 1 | -1, points: number, spread: Spread): number {
  return studentTail((direction * points - threshold) / standardError(spread), degreesOfFreedom(spread));
}

function spreadOf(samples: readonly (readonly number[])[], least: number): Spread | null {
  const sizes = samples.map(({ length }) => length);
  const degrees = sizes.reduce((sum, size) => sum + size - 1, 0);
  if (degrees < 1) return null;
  const squares = samples.reduce(
    (sum, { length }, index) => sum + (length > 1 ? (length - 1) * standardDeviation(samples[index]) ** 2 : 0),
    0,
  );
  return { deviation: Math.max(least, Math.sqrt(squares / degrees)), sizes };
}

/** One held-out image, in points: the least deviation, because even equal values are not known more precisely. */
const resolution = (all: readonly Measured[]): number => 100 / Math.min(...all.map(({ images }) => images));

/** The interval of two single values, by the square-root rule of Newcombe (1998), method 10. */
function heldOutInterval(points: number, first: Measured, second?: Measured): Interval {
  if (!second) return first.interval;
  return {
    low: points - Math.hypot(first.points - first.interval.low, second.interval.high - second.points),
    high: points + Math.hypot(first.interval.high - first.points, second.points - second.interval.low),
  };
}

/** Layers, and those units of each sample that have all of them. */
export interface Complete {
  /** Rising n. */
  readonly layers: readonly number[];
  readonly sides: readonly (readonly Unit[])[];
}

/**
 * The largest part without gaps: those of the `wanted` layers that the most units have, so that a failed run costs
 * one n or one replicate, not the statement. The choice depends on which values exist, never on the values. Undefined
 * if a sample is empty.
 */
export function completePart(sides: readonly (readonly Unit[])[], wanted: readonly number[]): Complete | undefined {
  const candidates = wanted.map((n): Complete => {
    const having = sides.map((units) => units.filter((unit) => unit.has(n)));
    const layers = wanted.filter((other) => having.flat().every((unit) => unit.has(other)));
    return { layers, sides: having };
  });
  const size = ({ sides }: Complete) => sides.flat().length;
  return candidates
    .filter((candidate) => candidate.sides.every((side) => side.length > 0))
    .sort((a, b) => size(b) - size(a) || b.layers.length - a.layers.length)[0];
}
