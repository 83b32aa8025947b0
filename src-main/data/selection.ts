import { UserError } from '../errors.ts';
import { RandomStream } from '../random.ts';
import type { ImageSet } from './image-set.ts';

/** Image numbers, ascending, and the label of each, which is a position in the list of classes that was asked for. */
export interface Selection {
  readonly train: Int32Array;
  readonly trainLabels: Int32Array;
  readonly heldOut: Int32Array;
  readonly heldOutLabels: Int32Array;
}

export interface SelectionOptions {
  /** Training images per class; absent: all of them. All held-out images always take part. */
  readonly imagesPerClass?: number;
  readonly seed: number;
  /** Whether the held-out images are trained on, too. */
  readonly allImages?: boolean;
}

/**
 * Selects the images of some classes; with `imagesPerClass`, a random subset of each class's training images (paper,
 * section 4.1: reduced numbers of training images). The subsets are nested: a class's k images are among its k + 1
 * images, whichever other classes take part. Throws a UserError for an unknown class, or one with fewer images than
 * asked for.
 */
export function selectImages(
  set: ImageSet,
  classes: readonly string[],
  { imagesPerClass, seed, allImages = false }: SelectionOptions,
): Selection {
  const positions = positionsOf(set, classes);
  /** 1 for every training image that takes part. */
  const taken = new Uint8Array(set.labels.length);
  for (const [position, images] of trainingImages(set, positions, classes.length).entries()) {
    const drawn = imagesPerClass ?? Math.max(1, images.length);
    if (images.length < drawn)
      throw new UserError(
        `Class "${classes[position]}" of image set "${set.index.name}" has ${images.length} training images, fewer than the ${drawn} asked for; ask for at most ${images.length} images per class or leave the class out.`,
        { usage: true },
      );
    if (drawn < images.length) new RandomStream(seed, 'selection', classes[position]).shuffle(images);
    for (const image of images.subarray(0, drawn)) taken[image] = 1;
  }
  const held = taken.map((_, image) => Number(positions[set.labels[image]] >= 0 && set.heldOut[image]));
  const train = numbersOf(allImages ? taken.map((is, image) => is | held[image]) : taken);
  const heldOut = numbersOf(held);
  const labelsOf = (images: Int32Array) => images.map((image) => positions[set.labels[image]]);
  return { train, trainLabels: labelsOf(train), heldOut, heldOutLabels: labelsOf(heldOut) };
}

/** For each label of the set, its position in the list of classes, or -1 if it does not take part. */
function positionsOf({ index }: ImageSet, classes: readonly string[]): Int32Array {
  const known = new Map(index.classes.map((name, label) => [name, label]));
  const positions = new Int32Array(index.classes.length).fill(-1);
  for (const [position, wanted] of classes.entries()) {
    const label = known.get(wanted);
    if (label === undefined)
      throw new UserError(`Image set "${index.name}" has no class "${wanted}".`, { usage: true });
    positions[label] = position;
  }
  if (positions.every((position, label) => position < 0 || index.heldOutCounts[label] === 0))
    throw new UserError(`Image set "${index.name}" has no held-out images of these classes to measure accuracy on.`);
  return positions;
}

/** For each class of the list, the numbers of its training images, ascending. */
function trainingImages(set: ImageSet, positions: Int32Array, classes: number): Int32Array[] {
  const images = Array.from({ length: classes }, () => new Int32Array(0));
  positions.forEach((position, label) => {
    if (position >= 0) images[position] = new Int32Array(set.index.trainCounts[label]);
  });
  const filled = new Int32Array(classes);
  for (let image = 0; image < set.labels.length; image++) {
    const position = positions[set.labels[image]];
    if (position >= 0 && !set.heldOut[image]) images[position][filled[position]++] = image;
  }
  return images;
}

/** The numbers of the marked images, ascending. */
function numbersOf(marked: Uint8Array): Int32Array {
  const numbers = new Int32Array(marked.reduce((count, mark) => count + mark, 0));
  let filled = 0;
  for (let image = 0; image < marked.length; image++) if (marked[image]) numbers[filled++] = image;
  return numbers;
}
