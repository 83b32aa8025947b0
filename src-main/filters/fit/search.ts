import type { Tensor } from '../../network/weights.ts';
import { bankShape } from '../bank.ts';
import { dominantComponent } from '../colour.ts';
import { searchBlob } from './blob.ts';
import { searchGabor } from './gabor.ts';

/** Raise this with every change of the results of a search: cached ones are of one version (`fit-cache.ts`). */
export const SEARCH_VERSION = 2;

/**
 * The parameters at which a Gabor function and a blob fit a filter's dominant component best (`gaborSpace`,
 * `blobSpace`).
 */
export interface FitParameters {
  readonly gabor: readonly number[];
  readonly blob: readonly number[];
}

/**
 * Finds the parameters for every filter of a bank [filters, channels, rows, columns], in order. Everything else about a
 * fit is computed from them and the filter quickly, the classes too.
 */
export type BankSearch = (weight: Tensor) => readonly FitParameters[];

/** Takes about 10 ms for each filter of 11x11. */
export const searchBank: BankSearch = (weight) => {
  const [filters] = bankShape(weight);
  return Array.from({ length: filters }, (_, filter) => {
    const { plane } = dominantComponent(weight, filter);
    return { gabor: searchGabor(plane), blob: searchBlob(plane) };
  });
};
