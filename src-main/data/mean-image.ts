import type { NetworkSpec } from '../network/spec.ts';
import type { ImageSet } from './image-set.ts';

const CHANNELS = 3;

/**
 * What is subtracted from every image before a network reads it, [3, size, size]: the mean of its training images, or by
 * channel the one that its weights were made for.
 */
export async function subtractedMean(set: ImageSet, images: Int32Array, spec: NetworkSpec): Promise<Float32Array> {
  return channelMeans(spec, set.index.size) ?? meanImage(set, images);
}

/** The mean by channel that a network's weights were made for, [3, size, size]; undefined where they subtract a mean image. */
export function channelMeans({ training: { pixels } }: NetworkSpec, size: number): Float32Array | undefined {
  const plane = size ** 2;
  return (
    pixels && Float32Array.from({ length: CHANNELS * plane }, (_, place) => pixels.mean[Math.floor(place / plane)])
  );
}

/**
 * The mean of some images, [3, size, size], which is subtracted from every image (Krizhevsky et al. 2012, section 2).
 * A class whose training images are all among them is not read if the set has its sum stored. Sums of whole numbers
 * below 2^53 are exact, so neither this nor the order of the images changes the result.
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

/** The labels of the classes whose training images are all among these, each once. */
function completeClasses({ index, labels, heldOut }: ImageSet, images: Int32Array): number[] {
  const found = new Int32Array(index.classes.length);
  for (let i = 0; i < images.length; i++) {
    // Ascending order is the proof that no image is listed twice.
    if (i > 0 && images[i] <= images[i - 1]) return [];
    if (!heldOut[images[i]]) found[labels[images[i]]] += 1;
  }
  return [...found.keys()].filter((label) => found[label] > 0 && found[label] === index.trainCounts[label]);
}
