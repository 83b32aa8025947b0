import type { Tensor } from '../../network/weights.ts';
import { bankShape, filterWeights } from '../bank.ts';

/**
 * The similarity of each filter of one bank to each of another: [filters of the first][filters of the second], -1 to 1.
 *
 * It is the largest correlation over all shifts by up to half a kernel, of all channels together, divided by both
 * norms. What is shifted out of the kernel counts as 0. The sign counts: with a ReLU behind them, a filter and its
 * negative are two filters. A filter of zeros has similarity 0 to all; weights that are not finite count as 0. Throws
 * if the filters differ in shape.
 */
export function similarities(first: Tensor, second: Tensor): Float64Array[] {
  const [, ...shape] = bankShape(first);
  const [, ...other] = bankShape(second);
  if (shape.join() !== other.join())
    throw new Error(`filters of ${shape.join('x')} can't be compared with filters of ${other.join('x')}`);
  const [ones, others] = [unitFilters(first), unitFilters(second)];
  return ones.map((one) => Float64Array.from(others, (another) => similarityOf(one, another, shape)));
}

function unitFilters(weight: Tensor): Float64Array[] {
  return Array.from({ length: weight.shape[0] }, (_, filter) => {
    const weights = Float64Array.from(filterWeights(weight, filter), (value) => (Number.isFinite(value) ? value : 0));
    const norm = Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? weights.map((value) => value / norm) : weights;
  });
}

/** The largest correlation of two filters of norm 1 over all shifts. */
function similarityOf(one: Float64Array, other: Float64Array, [channels, rows, columns]: readonly number[]): number {
  const [down, right] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  let most = -Infinity;
  for (let y = -down; y <= down; y++)
    for (let x = -right; x <= right; x++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++)
        for (let row = Math.max(0, y); row < Math.min(rows, rows + y); row++) {
          const [here, there] = [(channel * rows + row) * columns, (channel * rows + row - y) * columns - x];
          for (let column = Math.max(0, x); column < Math.min(columns, columns + x); column++)
            sum += one[here + column] * other[there + column];
        }
      if (sum > most) most = sum;
    }
  return Math.min(1, Math.max(-1, most));
}
