import type { Tensor } from '../../network/weights.ts';
import { bankShape } from '../bank.ts';
import { dominantComponent } from '../component.ts';
import { searchBlob } from './blob.ts';
import { searchGabor } from './gabor.ts';

/** To be raised with every change of what a search comes to: what is kept is of one version (`kept-search.ts`). */
export const SEARCH_VERSION = 2;

/** What a Gabor function and a blob were given to leave the least of a filter's main part (`gaborSpace`, `blobSpace`). */
export interface FitParameters {
  readonly gabor: readonly number[];
  readonly blob: readonly number[];
}

/**
 * Finds the parameters for every filter of a bank [filters, channels, rows, columns], in its order. All that is said of a
 * fit follows from them and the filter at once, thresholds and classes too.
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
