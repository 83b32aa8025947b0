import gammaln from '@stdlib/math-base-special-gammaln';
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { normalBelow, studentTail } from '../results/statistics.ts';
import { degreesOfFreedom, standardError, type Spread } from './estimate.ts';

/** The probability that the suggested runs settle the question, if the effect is as large as observed. */
export const POWER = 0.8;
/** The largest number that is reported. */
export const MOST_SEEDS = 1000;

/** Points of Simpson's rule; its error is below 5e-5 (tested). */
const STEPS = 400;

/**
 * Upper tail P(T > limit) of the noncentral t distribution: T = (Z + noncentrality) / S with S² a chi-square variable over
 * its degrees of freedom. Integrates P(Z > limit s - noncentrality) over the density of S.
 */
export function noncentralTail(limit: number, degrees: number, noncentrality: number): number {
  const logScale = Math.LN2 + (degrees / 2) * Math.log(degrees / 2) - gammaln(degrees / 2);
  const density = (s: number) =>
    s === 0
      ? degrees === 1
        ? Math.exp(logScale)
        : 0
      : Math.exp(logScale + (degrees - 1) * Math.log(s) - (degrees * s * s) / 2);
  const [from, to] = [Math.max(0, 1 - 9 / Math.sqrt(degrees)), 1 + 9 / Math.sqrt(degrees)];
  const step = (to - from) / STEPS;
  let sum = 0;
  for (let index = 0; index <= STEPS; index++) {
    const s = from + index * step;
    const weight = index === 0 || index === STEPS ? 1 : index % 2 === 1 ? 4 : 2;
    sum += weight * density(s) * normalBelow(noncentrality - limit * s);
  }
  return Math.min(1, (sum * step) / 3);
}

/** Power of a one-sided t test at `level` for an effect of this size, with `more` replicates than there are. */
export function powerOf(effect: number, spread: Spread, more: number, level: number): number {
  const degrees = degreesOfFreedom(spread, more);
  return noncentralTail(studentQuantile(1 - level, degrees), degrees, effect / standardError(spread, more));
}

/**
 * The smallest number of further replicates (of each sample, if two are compared) that gives the power, at least 1.
 * Infinity beyond MOST_SEEDS or for no effect. The spread is assumed to stay as observed.
 */
export function moreSeeds(effect: number, spread: Spread, level: number): number {
  const enough = (more: number) => powerOf(effect, spread, more, level) >= POWER;
  if (effect <= 0) return Infinity;
  let [tooFew, many] = [0, 1];
  while (!enough(many)) {
    if (many >= MOST_SEEDS) return Infinity;
    [tooFew, many] = [many, Math.min(2 * many, MOST_SEEDS)];
  }
  while (many - tooFew > 1) {
    const between = Math.floor((tooFew + many) / 2);
    if (enough(between)) many = between;
    else tooFew = between;
  }
  return many;
}

/** A question about an effect: whether it is larger (or smaller) than a limit, by a one-sided test at a level. */
interface Question {
  readonly limit: number;
  readonly level: number;
}

/**
 * The chance that so many further replicates show that an effect is `larger`, or that it is `smaller`, by what these say: values like
 * these, around a mean that is known as well as these tell it (Student's t). The spread is assumed to stay as observed.
 */
export function chanceToSettle(
  effect: number,
  spread: Spread,
  more: number,
  { larger, smaller }: { readonly larger: Question; readonly smaller: Question },
): number {
  const needed = (level: number) =>
    studentQuantile(1 - level, degreesOfFreedom(spread, more)) * standardError(spread, more);
  const moves = Math.sqrt(standardError(spread) ** 2 - standardError(spread, more) ** 2);
  const endsAbove = (points: number) => studentTail((points - effect) / moves, degreesOfFreedom(spread));
  const shown = endsAbove(larger.limit + needed(larger.level));
  return Math.min(1, shown + 1 - endsAbove(smaller.limit - needed(smaller.level)));
}
