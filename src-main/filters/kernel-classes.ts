import type { Tensor } from '../network/weights.ts';
import { RandomStream } from '../random.ts';
import { fitBank } from './fit/bank-fit.ts';
import { calibrate } from './fit/calibration.ts';
import { type SearchOf, UNTRAINED } from './fit/fit-cache.ts';
import { searchBank } from './fit/search.ts';

/** Rows and columns of a kernel, at least: a Gabor function has eight numbers, as many as a kernel of 3x3 tells. */
const LEAST_SIDE = 5;
/** Kernels of a layer that are drawn and fitted of a base: each takes about 4 ms. Of more bases, fewer of each. */
const KERNELS = { most: 64, least: 8 };

/** Shares of Gabor functions, 0 to 1. */
export interface GaborShare {
  readonly trained: number;
  /** Among untrained kernels of the same size. */
  readonly untrained: number;
}

export interface KernelFits {
  /** Of cached fits: the key of the run. */
  readonly owner?: string;
  readonly searchOf?: SearchOf;
  /** So many bases are looked at, whose shares are averaged. */
  readonly replicates?: number;
}

/**
 * The share of Gabor functions among the kernels of a layer above the first. A kernel is what one filter does to one channel, and
 * fitted by itself, as a filter of one channel. Undefined for kernels that are too small for a Gabor function.
 *
 * @param weight [filters, channels, rows, columns]
 */
export function gaborShareOf(
  weight: Tensor,
  { owner = '', searchOf = () => searchBank, replicates }: KernelFits = {},
): GaborShare | undefined {
  const kernels = drawnKernels(weight, replicates);
  if (!kernels) return undefined;
  const [taken, , rows, columns] = kernels.shape;
  const calibration = calibrate([1, rows, columns], { search: searchOf(UNTRAINED) });
  const fits = fitBank(kernels, calibration, searchOf(owner));
  return {
    trained: fits.filter((fit) => fit.class === 'gabor').length / taken,
    untrained: calibration.shares.gabor,
  };
}

/** Those kernels of a layer that are fitted, [kernels, 1, rows, columns]; undefined where they are too small. */
export function drawnKernels({ shape, data }: Tensor, replicates = 1): Tensor | undefined {
  const [filters, channels, rows, columns] = shape;
  if (Math.min(rows, columns) < LEAST_SIDE) return undefined;
  const kernels = filters * channels;
  const taken = Math.min(kernels, Math.max(KERNELS.least, Math.floor(KERNELS.most / replicates)));
  const area = rows * columns;
  const some = new Float32Array(taken * area);
  const drawn = new RandomStream('kernels', ...shape).shuffle(Array.from({ length: kernels }, (_, kernel) => kernel));
  for (const [place, kernel] of drawn.slice(0, taken).entries())
    some.set(data.subarray(kernel * area, (kernel + 1) * area), place * area);
  return { shape: [taken, 1, rows, columns], data: some };
}
