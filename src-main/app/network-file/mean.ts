import { join } from 'node:path';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { channelMeans, subtractedMean } from '../../data/mean-image.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { CHANNELS } from '../../network/network.ts';
import { selectedImages } from '../../study/plan/selected-images.ts';
import type { Home } from '../opened-home.ts';
import type { StoredRun } from '../stored/run.ts';

/**
 * What is subtracted from the images that a run is tested on, [3, inputSize, inputSize]: the centre of the mean of those that
 * it was trained on, or the mean by channel that its weights were made for (data/mean-image.ts). Undefined where it takes images
 * that are not here.
 */
export async function inputMean(
  { home, store }: Home,
  { identity, network: { spec } }: StoredRun,
  allImages = false,
): Promise<Float32Array | undefined> {
  const known = channelMeans(spec, spec.inputSize);
  if (known) return known;
  const record = store.findImageSet(identity.data);
  if (record?.id !== identity.data) return undefined;
  const set = imagesFor(openImageSet(join(home, 'data', record.folder)), spec);
  try {
    return centre(
      await subtractedMean(set, selectedImages(set, identity, allImages).train, spec),
      set.index,
      spec.inputSize,
    );
  } finally {
    set.close();
  }
}

function centre(image: Float32Array, { size }: ImageSetIndex, wanted: number): Float32Array {
  const margin = Math.floor((size - wanted) / 2);
  const cut = new Float32Array(CHANNELS * wanted * wanted);
  for (let row = 0; row < CHANNELS * wanted; row++) {
    const channel = Math.floor(row / wanted);
    const from = (channel * size + margin + (row % wanted)) * size + margin;
    cut.set(image.subarray(from, from + wanted), row * wanted);
  }
  return cut;
}
