import type { Interval } from '../../common/results/intervals.ts';
import { mean } from './statistics.ts';

/** Fewer pairs tell nothing of a correlation. */
const FEWEST = 4;

/** Pearson's r and its 95% interval by Fisher's transformation, the pairs taken as independent; neither below four pairs. */
export function correlationOf(pairs: readonly (readonly [number, number])[]): { r?: number; interval?: Interval } {
  if (pairs.length < FEWEST) return {};
  const [x, y] = [0, 1].map((place) => {
    const values = pairs.map((pair) => pair[place]);
    const middle = mean(values);
    return values.map((value) => value - middle);
  });
  const [xx, yy, xy] = [
    [x, x],
    [y, y],
    [x, y],
  ].map(([one, other]) => one.reduce((sum, value, place) => sum + value * other[place], 0));
  if (xx === 0 || yy === 0) return {};
  const r = Math.min(1, Math.max(-1, xy / Math.sqrt(xx * yy)));
  const [z, half] = [Math.atanh(Math.min(0.999999, Math.max(-0.999999, r))), 1.959964 / Math.sqrt(pairs.length - 3)];
  return { r, interval: { low: Math.tanh(z - half), high: Math.tanh(z + half) } };
}
