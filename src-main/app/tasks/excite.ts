import { openImageSet } from '../../data/packed/open.ts';
import { excitingImages, type Exciting, type FirstLayerFilter } from '../../filters/excite.ts';

export interface ExciteOptions extends FirstLayerFilter {
  /** Folder of the packed image set. */
  readonly imageSet: string;
  /** Images wanted, and how many are looked at for them. */
  readonly most: number;
  readonly among: number;
}

export async function exciteFilter({ imageSet, ...options }: ExciteOptions, signal: AbortSignal): Promise<Exciting[]> {
  const set = openImageSet(imageSet);
  try {
    return await excitingImages(set, options, options, signal);
  } finally {
    set.close();
  }
}
