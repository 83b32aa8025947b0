import type { ImageSetIndex } from '../../data/image-set.ts';
import { meanImage } from '../../data/mean-image.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { CHANNELS } from '../../network/network.ts';
import { selectedImages } from '../../study/plan/selected-images.ts';
import type { StoredRun } from '../stored/run.ts';

/**
 * The mean of the images that a run was trained on, cut to the centre that the network reads:
 * [3, inputSize, inputSize]. Evaluation subtracts the same (data/batches.ts).
 *
 * @param folder of the packed image set
 */
export async function inputMean(folder: string, { identity, network }: StoredRun): Promise<Float32Array> {
  const set = openImageSet(folder);
  try {
    return centre(await meanImage(set, selectedImages(set, identity).train), set.index, network.spec.inputSize);
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
