import { UserError } from '../../errors.ts';
import type { Tensor } from '../../network/weights.ts';
import { RandomStream } from '../../random.ts';
import { bankShape } from '../bank.ts';
import { bestAssignment } from './assignment.ts';
import { products, unitVectors } from '../../network/products.ts';

/** How general a first layer is: how similar the filters are that two networks learned from different classes. */
export interface Generality {
  /** For each filter of the first network, the filter of the second that it is matched with, 0-based and one to one. */
  readonly matches: readonly number[];
  /** The similarity of each pair, -1 to 1 (`similarities`). */
  readonly similarities: readonly number[];
  /** The similarities of all matches of the two networks with untrained ones of the same shape. */
  readonly untrained: readonly number[];
  /** The means of `similarities` and `untrained`. */
  readonly mean: number;
  readonly untrainedMean: number;
  /**
   * (mean - untrainedMean) / (1 - untrainedMean): 0 if no more similar than to untrained filters, 1 if they are the
   * same.
   */
  readonly generality: number;
  /** How many untrained networks each was matched with, and the seed of their weights. */
  readonly draws: number;
  readonly seed: string;
}

export const UNTRAINED_SEED = 'untrained networks';
const DRAWS = 5;

/**
 * Matches the filters [filters, channels, rows, columns] of two networks one to one, so that the sum of their
 * similarities is largest, and those of each network with those of untrained networks. The result is the same for the
 * same seed. Throws a UserError if the banks differ in shape.
 */
export function generalityOf(first: Tensor, second: Tensor, seed = UNTRAINED_SEED, draws = DRAWS): Generality {
  if (first.shape.join() !== second.shape.join())
    throw new UserError(
      `${bankOf(first)} can't be matched one to one with ${bankOf(second)}: choose two networks whose first layers have the same shape.`,
    );
  const { matches, alike } = match(first, second);
  const untrained = Array.from({ length: draws }, (_, draw) => {
    const random = new RandomStream(seed, ...first.shape, draw);
    return { shape: first.shape, data: Float32Array.from(first.data, () => random.gaussian()) };
  }).flatMap((bank) => [first, second].flatMap((learned) => match(learned, bank).alike));
  const [mean, untrainedMean] = [alike, untrained].map((all) => all.reduce((sum, one) => sum + one, 0) / all.length);
  const generality = untrainedMean < 1 ? (mean - untrainedMean) / (1 - untrainedMean) : 0;
  return { matches, similarities: alike, untrained, mean, untrainedMean, generality, draws, seed };
}

const bankOf = ({ shape: [filters, channels, rows, columns] }: Tensor): string =>
  `${filters} filters of ${rows} x ${columns} x ${channels}`;

function match(first: Tensor, second: Tensor): { matches: number[]; alike: number[] } {
  const worth = similarities(first, second);
  const matches = bestAssignment(worth);
  return { matches, alike: matches.map((column, row) => worth[row][column]) };
}

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
  const size = shape.reduce((product, side) => product * side, 1);
  const others = unitVectors(second.data, size);
  return unitVectors(first.data, size).map((one) => {
    const most = new Float64Array(others.length).fill(-1);
    for (const correlations of products(shifted(one, shape), others))
      for (let place = 0; place < most.length; place++)
        most[place] = Math.min(1, Math.max(most[place], correlations[place]));
    return most;
  });
}

/** A filter [channels, rows, columns] at all its shifts. */
function shifted(filter: Float64Array, [channels, rows, columns]: readonly number[]): Float64Array[] {
  const [down, right] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const all: Float64Array[] = [];
  for (let y = -down; y <= down; y++)
    for (let x = -right; x <= right; x++) {
      const moved = new Float64Array(filter.length);
      for (let channel = 0; channel < channels; channel++)
        for (let row = Math.max(0, y); row < Math.min(rows, rows + y); row++) {
          const [from, to] = [(channel * rows + row) * columns, (channel * rows + row - y) * columns - x];
          for (let column = Math.max(0, x); column < Math.min(columns, columns + x); column++)
            moved[to + column] = filter[from + column];
        }
      all.push(moved);
    }
  return all;
}
