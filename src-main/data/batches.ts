import { UserError } from '../errors.ts';
import type { Layer, Network } from '../network/network.ts';
import { RandomStream } from '../random.ts';
import type { ImageSet } from './image-set.ts';

/** What a network reads: the engine's `Batch`. Valid until the next batch of the same source is asked for. */
export interface ImageBatch {
  /** Mean-subtracted, scaled pixels [N, 3, inputSize, inputSize]. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** The engine's `TrainingBatch`. */
export interface AugmentedBatch extends ImageBatch {
  /** One per dropout layer, in order, [N, ...layer shape]: 0 or 1 / (1 - rate). */
  readonly dropoutMasks: readonly Float32Array[];
}

export interface BatchOptions {
  readonly set: ImageSet;
  /** Image numbers, and for each its label in the network's order. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
  /** [3, size, size], from `meanImage`. */
  readonly mean: Float32Array;
  readonly network: Network;
  readonly batchSize: number;
}

const CHANNELS = 3;

/** The mean of some images, [3, size, size]: what is subtracted from every image (Krizhevsky et al. 2012, section 2). */
export function meanImage(set: ImageSet, images: Int32Array): Float32Array {
  const { size } = set.index;
  const pixels = new Uint8Array(CHANNELS * size * size);
  const sums = new Float64Array(pixels.length);
  for (const image of images) {
    set.read(image, pixels);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  return Float32Array.from(sums, (sum) => sum / images.length);
}

export interface TrainingBatches {
  /** The batch of a step, 0-based. Depends on nothing but the options and the step: a resumed run asks for step t. */
  batch(step: number): AugmentedBatch;
}

/**
 * Batches to train on. Images come in a new random order each epoch; batches run on across the borders of epochs. Each
 * image gets `training.cropPadding` zeros on every side, is cropped at random to the network's input, and with
 * `training.mirror` mirrored with probability one half. Throws a UserError where images are smaller than the input.
 */
export function createTrainingBatches(options: BatchOptions & { readonly seed: string }): TrainingBatches {
  const { images, labels, network, batchSize, seed } = options;
  const { inputSize, training } = network.spec;
  const cropper = new Cropper(options);
  const order = new EpochOrder(seed, images.length);
  const batchLabels = new Int32Array(batchSize);
  const dropouts = network.layers.filter((layer) => layer.spec.type === 'dropout');
  const dropoutMasks = dropouts.map(({ output }) => new Float32Array(batchSize * output[0] * output[1] * output[2]));
  const offsets = options.set.index.size + 2 * training.cropPadding - inputSize + 1;
  return {
    batch(step) {
      const random = new RandomStream(seed, 'augment', step);
      for (let i = 0; i < batchSize; i++) {
        const item = order.item(step * batchSize + i);
        const top = random.integer(offsets) - training.cropPadding;
        const left = random.integer(offsets) - training.cropPadding;
        const mirrored = training.mirror && random.uniform() < 0.5;
        cropper.crop(images[item], i, top, left, mirrored);
        batchLabels[i] = labels[item];
      }
      dropouts.forEach((layer, index) => {
        drawMask(dropoutMasks[index], layer, new RandomStream(seed, 'dropout', index, step));
      });
      return { images: cropper.output, labels: batchLabels, dropoutMasks };
    },
  };
}

/** Batches to test on: each image once, in order, its centre, never mirrored. The last batch may be smaller. */
export function* evaluationBatches(options: BatchOptions): Generator<ImageBatch, void, void> {
  const { images, labels, network, batchSize, set } = options;
  const cropper = new Cropper(options);
  const margin = Math.floor((set.index.size - network.spec.inputSize) / 2);
  for (let start = 0; start < images.length; start += batchSize) {
    const end = Math.min(start + batchSize, images.length);
    for (let i = start; i < end; i++) cropper.crop(images[i], i - start, margin, margin, false);
    const values = (end - start) * (cropper.output.length / batchSize);
    yield { images: cropper.output.subarray(0, values), labels: labels.slice(start, end) };
  }
}

function drawMask(mask: Float32Array, { spec }: Layer, random: RandomStream): void {
  if (spec.type !== 'dropout') return;
  const kept = 1 / (1 - spec.rate);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < spec.rate ? 0 : kept;
}

/** The order of training: one permutation of all images after another. */
class EpochOrder {
  readonly #seed: string;
  readonly #permutation: Int32Array;
  #epoch = -1;

  constructor(seed: string, images: number) {
    this.#seed = seed;
    this.#permutation = new Int32Array(images);
  }

  /** Which image stands at a position of the endless order. */
  item(position: number): number {
    const permutation = this.#permutation;
    const epoch = Math.floor(position / permutation.length);
    if (epoch !== this.#epoch) {
      for (let i = 0; i < permutation.length; i++) permutation[i] = i;
      new RandomStream(this.#seed, 'order', epoch).shuffle(permutation);
      this.#epoch = epoch;
    }
    return permutation[position % permutation.length];
  }
}

/** Reads images, subtracts the mean, and puts crops of them into a batch. */
class Cropper {
  /** [batchSize, 3, inputSize, inputSize]. */
  readonly output: Float32Array;
  readonly #set: ImageSet;
  readonly #inputSize: number;
  readonly #scale: number;
  readonly #mean: Float32Array;
  readonly #pixels: Uint8Array;

  constructor({ set, mean, network, batchSize }: BatchOptions) {
    const { inputSize, name } = network.spec;
    const { size } = set.index;
    if (size < inputSize)
      throw new UserError(
        `Image set "${set.index.name}" holds images of ${size}x${size} pixels, but network "${name}" reads ${inputSize}x${inputSize}; import the images again with --size ${inputSize}, or choose a network for smaller images.`,
        { usage: true },
      );
    this.#set = set;
    this.#inputSize = inputSize;
    this.#scale = network.spec.training.inputScale;
    this.#mean = mean;
    this.#pixels = new Uint8Array(CHANNELS * size * size);
    this.output = new Float32Array(batchSize * CHANNELS * inputSize * inputSize);
  }

  /**
   * Puts a crop of an image at a place of the batch. `top` and `left` are the image's row and column that become the
   * crop's first; what lies outside of the image is 0.
   */
  crop(image: number, place: number, top: number, left: number, mirrored: boolean): void {
    const output = this.output;
    const pixels = this.#pixels;
    const mean = this.#mean;
    const scale = this.#scale;
    const inputSize = this.#inputSize;
    const { size } = this.#set.index;
    this.#set.read(image, pixels);
    const start = place * CHANNELS * inputSize * inputSize;
    const firstRow = Math.max(0, -top);
    const lastRow = Math.min(inputSize, size - top);
    const firstColumn = Math.max(0, -left);
    const lastColumn = Math.min(inputSize, size - left);
    if (lastRow - firstRow < inputSize || lastColumn - firstColumn < inputSize)
      output.fill(0, start, start + CHANNELS * inputSize * inputSize);
    const direction = mirrored ? -1 : 1;
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let row = firstRow; row < lastRow; row++) {
        let from = (channel * size + top + row) * size + left + firstColumn;
        let to =
          start + (channel * inputSize + row) * inputSize + (mirrored ? inputSize - 1 - firstColumn : firstColumn);
        for (let column = firstColumn; column < lastColumn; column++) {
          output[to] = (pixels[from] - mean[from]) * scale;
          from += 1;
          to += direction;
        }
      }
    }
  }
}
