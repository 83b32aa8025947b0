import type { Oddity } from '../common/results/filters.ts';
import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

/** The oddity of one filter, 0-based, of a bank [filters, channels, rows, columns]; undefined if it has none. */
export function oddityOf(weight: Tensor, filter: number): Oddity | undefined {
  const [, channels, rows, columns] = bankShape(weight);
  const weights = filterWeights(weight, filter);
  if (!weights.every(Number.isFinite)) return 'not finite';
  if (weights.every((value) => value === 0)) return 'zero';
  const area = rows * columns;
  const isConstant = (channel: number) =>
    weights.subarray(channel * area, (channel + 1) * area).every((value) => value === weights[channel * area]);
  return area > 1 && Array.from({ length: channels }, (_, channel) => channel).every(isConstant)
    ? 'constant'
    : undefined;
}
