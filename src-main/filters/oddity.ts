import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

/** Why there is nothing to measure on a filter. */
export const ODDITIES = ['not finite', 'zero', 'constant'] as const;
/**
 * `not finite`: some weights are not numbers, as after a training that diverged. `zero`: all weights are 0, so the
 * filter responds to nothing. `constant`: the weights of each channel are equal, so it responds to a colour, whatever
 * the pattern.
 */
export type Oddity = (typeof ODDITIES)[number];

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
