import type { ImageSet } from './image-set.ts';

const CHANNELS = 3;

/**
 * The mean of some images, [3, size, size]: what is subtracted from every image (Krizhevsky et al. 2012, section 2).
 * Classes of which all training images take part are not read if the set knows their sums. Sums of whole numbers below
 * 2^53 are exact, so it makes no difference to the result, whatever the order.
 */
export async function meanImage(set: ImageSet, images: Int32Array): Promise<Float32Array> {
  const { size, classes } = set.index;
  const sums = new Float64Array(CHANNELS * size * size);
  const isSummed = new Uint8Array(classes.length);
  for (const label of completeClasses(set, images)) {
    const known = await set.classSums(label);
    if (known === undefined) continue;
    for (let i = 0; i < sums.length; i++) sums[i] += known[i];
    isSummed[label] = 1;
  }
  const pixels = new Uint8Array(sums.length);
  for (const image of images) {
    if (isSummed[set.labels[image]] && !set.heldOut[image]) continue;
    set.read(image, pixels);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  return Float32Array.from(sums, (sum) => sum / images.length);
}

/** The labels of classes of which every training image is among these, each image once. */
function completeClasses({ index, labels, heldOut }: ImageSet, images: Int32Array): number[] {
  const found = new Int32Array(index.classes.length);
  for (let i = 0; i < images.length; i++) {
    // Only in ascending order is it plain that none stands there twice.
    if (i > 0 && images[i] <= images[i - 1]) return [];
    if (!heldOut[images[i]]) found[labels[images[i]]] += 1;
  }
  return [...found.keys()].filter((label) => found[label] > 0 && found[label] === index.trainCounts[label]);
}
