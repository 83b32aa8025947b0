import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

/** What makes a filter one that nothing can be said of but this. */
export const ODDITIES = ['not finite', 'zero', 'constant'] as const;
/**
 * `not finite`: some of its weights are no numbers, as where a training diverged. `zero`: all of them are 0, and it answers to
 * nothing. `constant`: in each channel all are the same, and it answers to plain colour, whatever the pattern.
 */
export type Oddity = (typeof ODDITIES)[number];

/** The oddity of one filter, 0-based, of a bank [filters, channels, rows, columns]; undefined where it has none. */
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
