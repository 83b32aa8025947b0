import { maskShape } from '../network/layers/dropout.ts';
import { volume } from '../network/layers/layer.ts';
import { RandomStream } from '../random.ts';
import { Cropper, type CropperOptions } from './cropper.ts';

/** What a network reads; the engine's `Batch`. */
export interface ImageBatch {
  /** Mean-subtracted, scaled pixels [N, 3, inputSize, inputSize]. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** The engine's `TrainingBatch`. */
export interface AugmentedBatch extends ImageBatch {
  /** One mask per dropout layer, in order, [N, ...layer shape]; every value is 0 or 1 / (1 - rate). */
  readonly dropoutMasks: readonly Float32Array[];
}

export interface BatchOptions extends CropperOptions {
  /** Image numbers. `labels` has the label of each, in the network's order. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
}

export interface TrainingBatches {
  /**
   * Returns the batch of a step, 0-based. It depends only on the options and the step, so a resumed run gets the
   * batches that it would have had. It stays valid until the batch of step + 2 is asked for: one batch can be made
   * while another is trained on.
   */
  batch(step: number): AugmentedBatch;
}

/**
 * Makes batches to train on. Images come in a new random order each epoch, and a batch may span two epochs. Each image
 * is padded with `training.cropPadding` zeros on every side, cropped at random to the network's input and, with
 * `training.mirror`, mirrored with probability one half. Throws a UserError if the images are smaller than the input.
 */
export function createTrainingBatches(options: BatchOptions & { readonly seed: string }): TrainingBatches {
  const { images, labels, network, batchSize, seed } = options;
  const { inputSize, training } = network.spec;
  const order = new EpochOrder(seed, images.length);
  const dropouts = network.layers.flatMap(({ spec, output }) => {
    const shape = maskShape({ spec, output });
    return shape && 'rate' in spec ? [{ rate: spec.rate, size: volume(shape) }] : [];
  });
  const [even, odd] = [0, 1].map(() => ({
    cropper: new Cropper(options),
    batchLabels: new Int32Array(batchSize),
    dropoutMasks: dropouts.map(({ size }) => new Float32Array(batchSize * size)),
  }));
  const offsets = options.set.index.size + 2 * training.cropPadding - inputSize + 1;
  return {
    batch(step) {
      const { cropper, batchLabels, dropoutMasks } = step % 2 === 0 ? even : odd;
      const random = new RandomStream(seed, 'augment', step);
      for (let i = 0; i < batchSize; i++) {
        const item = order.item(step * batchSize + i);
        const top = random.integer(offsets) - training.cropPadding;
        const left = random.integer(offsets) - training.cropPadding;
        const mirrored = training.mirror && random.uniform() < 0.5;
        cropper.crop(images[item], i, top, left, mirrored);
        batchLabels[i] = labels[item];
      }
      dropouts.forEach(({ rate }, index) => {
        drawMask(dropoutMasks[index], rate, new RandomStream(seed, 'dropout', index, step));
      });
      return { images: cropper.output, labels: batchLabels, dropoutMasks };
    },
  };
}

/**
 * Yields batches to test on: the centre crop of each image once, in order, never mirrored. The last batch may be
 * smaller. Each batch is valid until the next is asked for.
 */
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

function drawMask(mask: Float32Array, rate: number, random: RandomStream): void {
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
}

/**
 * The order of training: one permutation of all images after another. It takes 4 bytes per image and reads no pixels.
 */
class EpochOrder {
  readonly #seed: string;
  readonly #permutation: Int32Array;
  #epoch = -1;

  constructor(seed: string, images: number) {
    this.#seed = seed;
    this.#permutation = new Int32Array(images);
  }

  /** Returns the image at a position of the endless order. */
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
