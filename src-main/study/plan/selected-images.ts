import type { ImageSet } from '../../data/image-set.ts';
import { selectImages, type Selection } from '../../data/selection.ts';
import type { RunIdentity } from './run-record.ts';

/** The images that a run is trained and tested on, as its training chose them; `allImages`: trained on the tested ones, too. */
export function selectedImages(
  set: ImageSet,
  { classes, imagesPerClass, trainingSeed }: Pick<RunIdentity, 'classes' | 'imagesPerClass' | 'trainingSeed'>,
  allImages = false,
): Selection {
  return selectImages(set, classes, { imagesPerClass: imagesPerClass ?? undefined, seed: trainingSeed, allImages });
}
