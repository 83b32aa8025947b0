import type { ImageSet } from '../../data/image-set.ts';
import { RandomStream } from '../../random.ts';
import type { RunIdentity } from '../run-record.ts';
import { selectedImages } from '../selected-images.ts';

/** Training images, and held-out ones, that predictors look at: of many classes more, so that each has some. */
const MOST_IMAGES = 2000;
const FEWEST_A_CLASS = 10;
const UTMOST_IMAGES = 5000;

export interface Sampled {
  /** Image numbers in a random order, so that a minibatch holds images of all classes; labels in the target's order. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
}

/** The images of the target that predictors look at. */
export interface Sample {
  readonly train: Sampled;
  readonly heldOut: Sampled;
  /** All images that the target's networks are trained on: their mean is what these subtract. */
  readonly trained: Int32Array;
}

/** As many images of each class as of any other, as far as it has them; drawn by the target's training seed. */
export function sampleOf(
  set: ImageSet,
  target: Pick<RunIdentity, 'classes' | 'imagesPerClass' | 'trainingSeed'>,
): Sample {
  const { classes, trainingSeed: seed } = target;
  const selection = selectedImages(set, target);
  const most = Math.max(MOST_IMAGES, Math.min(UTMOST_IMAGES, FEWEST_A_CLASS * classes.length));
  const perClass = Math.max(1, Math.floor(most / classes.length));
  const draw = (images: Int32Array, labels: Int32Array, part: string) =>
    evenly({ images, labels }, perClass, new RandomStream(seed, 'predict', part));
  return {
    train: draw(selection.train, selection.trainLabels, 'train'),
    heldOut: draw(selection.heldOut, selection.heldOutLabels, 'held-out'),
    trained: selection.train,
  };
}

function evenly({ images, labels }: Sampled, perClass: number, random: RandomStream): Sampled {
  const taken = new Map<number, number>();
  const order = random.shuffle(Int32Array.from(images.keys())).filter((place) => {
    const before = taken.get(labels[place]) ?? 0;
    taken.set(labels[place], before + 1);
    return before < perClass;
  });
  return { images: order.map((place) => images[place]), labels: order.map((place) => labels[place]) };
}
