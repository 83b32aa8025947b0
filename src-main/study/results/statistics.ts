import type { Interval } from '../../common/results/intervals.ts';
import betainc from '@stdlib/math-base-special-betainc';
import erfc from '@stdlib/math-base-special-erfc';
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';

/** Every interval of the program has this coverage. */
export const CONFIDENCE = 0.95;

/** Standard normal quantile of 0.975: two-sided 95%. */
export const Z = 1.959963984540054;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample, with n - 1 in the denominator. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** 95% interval of the mean of independent, roughly normal values: mean ± t(0.975, n - 1) s / sqrt(n). Needs two values. */
export function studentInterval(values: readonly number[]): Interval {
  if (values.length < 2) throw new Error('an interval over replicates needs at least two of them');
  const centre = mean(values);
  const quantile = studentQuantile((1 + CONFIDENCE) / 2, values.length - 1);
  const half = (quantile * standardDeviation(values)) / Math.sqrt(values.length);
  return { low: centre - half, high: centre + half };
}

/** P(T > t) of Student's t: half the regularised incomplete beta function of (ν/2, 1/2) at ν / (ν + t²), for t >= 0. */
export function studentTail(t: number, degrees: number): number {
  const tail = Number.isFinite(t) ? betainc(degrees / (degrees + t * t), degrees / 2, 0.5) / 2 : 0;
  return t >= 0 ? tail : 1 - tail;
}

/** P(Z <= z) of the standard normal distribution. */
export const normalBelow = (z: number): number => erfc(-z / Math.SQRT2) / 2;

/** Wilson (1927): 95% score interval of a proportion, for `correct` of `total` independent trials. Stays within [0, 1]. */
export function wilsonInterval(correct: number, total: number): Interval {
  const proportion = correct / total;
  const spread = Z ** 2 / total;
  const centre = (proportion + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((proportion * (1 - proportion)) / total + spread / (4 * total))) / (1 + spread);
  return { low: correct === 0 ? 0 : centre - half, high: correct === total ? 1 : centre + half };
}

/**
 * Newcombe (1998), method 10: 95% interval of the difference p1 - p2 of two independent proportions, from their
 * Wilson intervals. Two networks tested on the same images agree more often than independent ones, so for them it is wider
 * than need be, never narrower as long as their answers are positively correlated.
 */
export function newcombeInterval(
  first: { readonly correct: number; readonly total: number },
  second: { readonly correct: number; readonly total: number },
): Interval {
  const p1 = first.correct / first.total;
  const p2 = second.correct / second.total;
  const w1 = wilsonInterval(first.correct, first.total);
  const w2 = wilsonInterval(second.correct, second.total);
  const difference = p1 - p2;
  return {
    low: difference - Math.hypot(p1 - w1.low, w2.high - p2),
    high: difference + Math.hypot(w1.high - p1, p2 - w2.low),
  };
}

/**
 * Holm (1979): p-values adjusted so that the chance of any false positive among them is at most the level they are
 * compared with, whatever their dependence. Here they depend on each other, because all effects of a study share its
 * bases. (Benjamini and Hochberg's procedure would bound the share of false ones instead; but an answer is read
 * sentence by sentence, and each sentence must stand by itself.) Same order as given.
 */
export function holm(pValues: readonly number[]): number[] {
  const rising = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = Array<number>(pValues.length);
  let largest = 0;
  rising.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = largest;
  });
  return adjusted;
}
