import { UserError } from '../../errors.ts';
import type { Tensor } from '../../network/weights.ts';
import { RandomStream } from '../../random.ts';
import { bestAssignment } from './assignment.ts';
import { similarities } from './similarity.ts';

/** How general a first layer is: how similar the filters are that two networks learned from different classes. */
export interface Generality {
  /** For each filter of the first network, the filter of the second that it is matched with, 0-based and one to one. */
  readonly matches: readonly number[];
  /** The similarity of each pair, -1 to 1 (similarity.ts). */
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
