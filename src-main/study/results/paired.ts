import betainc from '@stdlib/math-base-special-betainc';
import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { Interval } from '../../common/results/intervals.ts';
import { countOf, type RunResult } from './curves.ts';
import { newcombeInterval, Z } from './statistics.ts';

/** Two networks of one replicate that are compared, on the held-out images of the same half. */
interface Compared {
  readonly minuend: RunResult;
  readonly subtrahend: RunResult;
}

/** Images on which two networks disagree about what is right. */
export interface Discordance {
  /** Images that only the first network, and only the second, gives the right class. */
  readonly first: number;
  readonly second: number;
  readonly images: number;
}

/** The difference of one replicate, as far as its held-out images tell. */
export interface ImageDifference {
  /** 95%, points of top-1. */
  readonly interval: Interval;
  /** Whether the answers to each image were compared; otherwise the interval takes the images for independent ones. */
  readonly paired: boolean;
  /** Two-sided exact p of no difference; undefined where images are not paired. */
  readonly p: number | undefined;
}

/**
 * Minuend less subtrahend of one replicate, whose directions count together. It is of these networks on such images; it knows
 * nothing of other seeds and splits. Paired by image where the answers of both are stored, which those of older programs aren't.
 */
export function imageDifference(pairs: readonly Compared[]): ImageDifference {
  const both = discordanceOf(pairs);
  const interval = both
    ? tangoInterval(both)
    : newcombeInterval(
        countOf(pairs.map(({ minuend }) => minuend)),
        countOf(pairs.map(({ subtrahend }) => subtrahend)),
      );
  return {
    interval: { low: 100 * interval.low, high: 100 * interval.high },
    paired: both !== undefined,
    p: both && mcNemar(both),
  };
}

/** Undefined unless both networks of every pair were asked about the same images. */
function discordanceOf(pairs: readonly Compared[]): Discordance | undefined {
  let [first, second, images] = [0, 0, 0];
  for (const { minuend, subtrahend } of pairs) {
    const [one, other] = [minuend.answers, subtrahend.answers];
    if (!one || !other || !sameLabels(one, other)) return undefined;
    one.labels.forEach((label, image) => {
      const [right, otherRight] = [one.answers[image] === label, other.answers[image] === label];
      if (right && !otherRight) first++;
      else if (otherRight && !right) second++;
    });
    images += one.labels.length;
  }
  return { first, second, images };
}

export const sameLabels = (one: HeldOutAnswers, other: HeldOutAnswers): boolean =>
  one.labels.length === other.labels.length && one.labels.every((label, image) => label === other.labels[image]);

/** McNemar (1947), exact: two-sided p of the images on which only one network is right being a fair coin's. */
export function mcNemar({ first, second }: Discordance): number {
  const [fewer, all] = [Math.min(first, second), first + second];
  // P(X <= k) of a binomial with 1/2 is the regularised incomplete beta function.
  return fewer === all - fewer ? 1 : Math.min(1, 2 * betainc(0.5, all - fewer, fewer + 1));
}

/**
 * Tango (1998): 95% score interval of the difference of two proportions of the same images: all d whose score statistic
 * |first - second - N d| / sqrt(N (2 q(d) + d (1 - d))) is at most z, with q(d) the likeliest share of the second's images
 * if d were the difference. Found by halving; stays within [-1, 1].
 */
export function tangoInterval({ first, second, images }: Discordance): Interval {
  const score = (d: number) => {
    const b = -first - second + (2 * images - first + second) * d;
    const c = -second * d * (1 - d);
    const q = Math.max(0, (Math.sqrt(Math.max(0, b * b - 8 * images * c)) - b) / (4 * images));
    const variance = images * (2 * q + d * (1 - d));
    const distance = first - second - images * d;
    return variance > 0 ? distance / Math.sqrt(variance) : distance === 0 ? 0 : Math.sign(distance) * Infinity;
  };
  const difference = (first - second) / images;
  const bound = (outside: number, isWithin: (d: number) => boolean) => {
    let [within, beyond] = [difference, outside];
    for (let step = 0; step < 60; step++) {
      const between = (within + beyond) / 2;
      if (isWithin(between)) within = between;
      else beyond = between;
    }
    return within;
  };
  return { low: bound(-1, (d) => score(d) <= Z), high: bound(1, (d) => score(d) >= -Z) };
}
