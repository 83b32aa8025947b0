import { UserError } from '../errors.ts';
import { RandomStream } from '../random.ts';
import type { ImageSet } from './image-set.ts';

/** Image numbers, ascending, and the label of each: a position in the list of classes that was asked for. */
export interface Selection {
  readonly train: Int32Array;
  readonly trainLabels: Int32Array;
  readonly heldOut: Int32Array;
  readonly heldOutLabels: Int32Array;
}

export interface SelectionOptions {
  /** Training images per class; absent: all. Held-out images always take part, all of them. */
  readonly imagesPerClass?: number;
  readonly seed: number;
}

/**
 * The images of some classes. With `imagesPerClass`, a random subset of each class's training images (paper, section 4.1:
 * reduced numbers of training images); the k images of a class are among its k + 1 ones, and don't depend on which other
 * classes take part. Throws a UserError for an unknown class, or one with fewer images than asked for.
 */
export function selectImages(
  set: ImageSet,
  classes: readonly string[],
  { imagesPerClass, seed }: SelectionOptions,
): Selection {
  const { name, classes: known } = set.index;
  const positions = new Int32Array(known.length).fill(-1);
  for (const [position, wanted] of classes.entries()) {
    const label = known.indexOf(wanted);
    if (label < 0) throw new UserError(`Image set "${name}" has no class "${wanted}".`, { usage: true });
    positions[label] = position;
  }
  const ofClass: number[][] = classes.map(() => []);
  const heldOut: number[] = [];
  for (let image = 0; image < set.labels.length; image++) {
    const position = positions[set.labels[image]];
    if (position < 0) continue;
    if (set.heldOut[image]) heldOut.push(image);
    else ofClass[position].push(image);
  }
  if (heldOut.length === 0)
    throw new UserError(`Image set "${name}" has no held-out images of these classes to measure accuracy on.`);
  const drawn = ofClass.map((images, position) => {
    const wanted = imagesPerClass ?? Math.max(1, images.length);
    if (images.length < wanted)
      throw new UserError(
        `Class "${classes[position]}" of image set "${name}" has ${images.length} training images, fewer than the ${wanted} asked for; ask for at most ${images.length} images per class or leave the class out.`,
        { usage: true },
      );
    return new RandomStream(seed, 'selection', classes[position]).shuffle(images).slice(0, wanted);
  });
  const train = Int32Array.from(drawn.flat()).sort();
  const labelsOf = (images: Int32Array) => images.map((image) => positions[set.labels[image]]);
  const tested = Int32Array.from(heldOut);
  return { train, trainLabels: labelsOf(train), heldOut: tested, heldOutLabels: labelsOf(tested) };
}
