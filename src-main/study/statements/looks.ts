import type { Looks } from '../plan/extend.ts';
import { normalBelow } from '../results/statistics.ts';

/** Standard normal quantile of 1 - 0.05 / 2. */
const Z = 1.959963984540054;
/** What Z is the quantile of. */
const OVERALL = 0.05;

/**
 * The part of a level that is spent when a fraction of the largest number of replicates is there: the function of Lan and DeMets
 * (1983) that spends as O'Brien and Fleming (1979), 2 (1 - Φ(z / √t)) of a level with z its quantile. Little is spent early, so that
 * looking costs little at the end.
 *
 * @param fraction of the information, 0..1
 * @returns 0..1; 1 at the end
 */
export function spent(fraction: number): number {
  if (fraction <= 0) return 0;
  return Math.min(1, (2 * (1 - normalBelow(Z / Math.sqrt(Math.min(1, fraction))))) / OVERALL);
}

/**
 * The level that boundaries are computed at: a small one, as Holm's correction leaves of a half of 5% among some ten tests. Looks
 * at a larger one have more in common, so that these shares keep it, too.
 */
const TESTED = 0.0025;
/** Steps of Simpson's rule; with twice as many, shares differ by less than 1e-4 (tested). */
const STEPS = 200;
/** Standard deviations beyond which nothing is. */
const FAR = 8;

const known = new Map<string, readonly number[]>();

/**
 * The share of its level that each look is tested at. What is spent by then, less what was spent before, is the chance that this
 * look is the first to give a false answer; as looks share their replicates, that is less than its level. Levels are those of a sum
 * of independent normal values (Armitage, McPherson and Rowe 1969), put to p-values of Student's t (Jennison and Turnbull 2000,
 * section 3.8). They hold whenever one stops; how often they err was simulated (`tools/simulate`).
 *
 * @returns 0..1 for each look, at least what is spent at it
 */
export function shares({ at, most }: Looks, { level = TESTED, steps = STEPS } = {}): readonly number[] {
  const key = JSON.stringify([at, most, level, steps]);
  const found =
    known.get(key) ??
    boundaries(
      at.map((replicates) => Math.min(1, replicates / most)),
      level,
      steps,
    );
  known.set(key, found);
  return found;
}

/** @param times rising, 0..1 */
function boundaries(times: readonly number[], level: number, steps: number): number[] {
  // Where the sum is that has crossed no boundary yet: values with their probabilities.
  let going: readonly (readonly [value: number, probability: number])[] = [[0, 1]];
  let before = 0;
  return times.map((time) => {
    const step = Math.sqrt(time - before);
    const wanted = level * (spent(time) - spent(before));
    const crosses = (limit: number) =>
      going.reduce((sum, [value, probability]) => sum + probability * normalBelow((value - limit) / step), 0);
    let [low, limit] = [0, 2 * FAR * Math.sqrt(time)];
    for (let halving = 0; halving < 50; halving++) {
      const middle = (low + limit) / 2;
      if (crosses(middle) > wanted) low = middle;
      else limit = middle;
    }
    const from = -FAR * Math.sqrt(time);
    const width = (limit - from) / steps;
    const weight = (place: number) => (place === 0 || place === steps ? 1 : place % 2 === 1 ? 4 : 2);
    const density = (value: number) =>
      going.reduce((sum, [one, probability]) => sum + probability * Math.exp(-(((value - one) / step) ** 2) / 2), 0);
    going = Array.from({ length: steps + 1 }, (_, place) => {
      const value = from + place * width;
      return [value, ((weight(place) * width) / 3) * (density(value) / (step * Math.sqrt(2 * Math.PI)))];
    });
    before = time;
    return normalBelow(-limit / Math.sqrt(time)) / level;
  });
}
