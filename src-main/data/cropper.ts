import { UserError } from '../errors.ts';
import type { BatchOptions } from './batches.ts';
import type { ImageSet } from './image-set.ts';

const CHANNELS = 3;

/** Reads images, subtracts the mean, and puts crops of them into a batch. */
export class Cropper {
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
    const inputSize = this.#inputSize;
    const { size } = this.#set.index;
    this.#set.read(image, this.#pixels);
    const start = place * CHANNELS * inputSize * inputSize;
    const firstRow = Math.max(0, -top);
    const lastRow = Math.min(inputSize, size - top);
    const firstColumn = Math.max(0, -left);
    const lastColumn = Math.min(inputSize, size - left);
    if (lastRow - firstRow < inputSize || lastColumn - firstColumn < inputSize)
      this.output.fill(0, start, start + CHANNELS * inputSize * inputSize);
    const subtract = mirrored ? subtractMirrored : subtractMean;
    const toColumn = mirrored ? inputSize - 1 - firstColumn : firstColumn;
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let row = firstRow; row < lastRow; row++) {
        const from = (channel * size + top + row) * size + left + firstColumn;
        const to = start + (channel * inputSize + row) * inputSize + toColumn;
        subtract(this.output, to, this.#pixels, this.#mean, from, lastColumn - firstColumn, this.#scale);
      }
    }
  }
}

// One row each. As functions of their own, whose arguments the compiler needn't look up again, twice as fast as in place.

function subtractMean(
  output: Float32Array,
  to: number,
  pixels: Uint8Array,
  mean: Float32Array,
  from: number,
  length: number,
  scale: number,
): void {
  for (let i = 0; i < length; i++) output[to + i] = (pixels[from + i] - mean[from + i]) * scale;
}

/** From right to left: `to` is where the row's last value stands. */
function subtractMirrored(
  output: Float32Array,
  to: number,
  pixels: Uint8Array,
  mean: Float32Array,
  from: number,
  length: number,
  scale: number,
): void {
  for (let i = 0; i < length; i++) output[to - i] = (pixels[from + i] - mean[from + i]) * scale;
}
