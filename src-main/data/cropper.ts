import { UserError } from '../errors.ts';
import type { Network } from '../network/network.ts';
import { inputScales } from '../network/spec.ts';
import type { ImageSet } from './image-set.ts';
import { compileRowKernel, type RowKernel } from './row-kernel.ts';

const CHANNELS = 3;
/** WebAssembly's memory is allocated in pages of this many bytes. */
const PAGE_BYTES = 65_536;

export interface CropperOptions {
  readonly set: ImageSet;
  /** [3, size, size], from `subtractedMean` (mean-image.ts). */
  readonly mean: Float32Array;
  readonly network: Network;
  readonly batchSize: number;
}

/** Reads images, subtracts the mean, and puts crops of them into a batch. */
export class Cropper {
  /** [batchSize, 3, inputSize, inputSize]. */
  readonly output: Float32Array;
  readonly #set: ImageSet;
  readonly #inputSize: number;
  /** Of red, green and blue. */
  readonly #scales: readonly number[];
  // The kernel's memory holds the mean, one crop and the pixels of one image, one after the other.
  readonly #mean: Float32Array;
  readonly #crop: Float32Array;
  readonly #pixels: Uint8Array;
  readonly #kernel: RowKernel;

  constructor({ set, mean, network, batchSize }: CropperOptions) {
    const { inputSize, name } = network.spec;
    const { size } = set.index;
    if (size < inputSize)
      throw new UserError(
        `Image set "${set.index.name}" holds images of ${size}x${size} pixels, but network "${name}" reads ${inputSize}x${inputSize}; import the images again with --size ${inputSize}, or choose a network for smaller images.`,
        { usage: true },
      );
    this.#set = set;
    this.#inputSize = inputSize;
    this.#scales = inputScales(network.spec.training);
    const crop = CHANNELS * inputSize * inputSize;
    const memory = new WebAssembly.Memory({
      initial: Math.ceil((4 * (mean.length + crop) + mean.length) / PAGE_BYTES),
    });
    this.#mean = new Float32Array(memory.buffer, 0, mean.length);
    this.#mean.set(mean);
    this.#crop = new Float32Array(memory.buffer, 4 * mean.length, crop);
    this.#pixels = new Uint8Array(memory.buffer, 4 * (mean.length + crop), mean.length);
    this.#kernel = compileRowKernel(memory);
    this.output = new Float32Array(batchSize * crop);
  }

  /**
   * Puts a crop of an image at a place of the batch. `top` and `left` are the row and the column of the image that
   * become the first of the crop. Pixels outside of the image are 0.
   */
  crop(image: number, place: number, top: number, left: number, mirrored: boolean): void {
    const inputSize = this.#inputSize;
    const { size } = this.#set.index;
    this.#set.read(image, this.#pixels);
    const firstRow = Math.max(0, -top);
    const lastRow = Math.min(inputSize, size - top);
    const firstColumn = Math.max(0, -left);
    const columns = Math.min(inputSize, size - left) - firstColumn;
    if (lastRow - firstRow < inputSize || columns < inputSize) this.#crop.fill(0);
    const toColumn = mirrored ? inputSize - firstColumn - columns : firstColumn;
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let row = firstRow; row < lastRow; row++) {
        const from = (channel * size + top + row) * size + left + firstColumn;
        const to = (channel * inputSize + row) * inputSize + toColumn;
        this.#subtractMean(to, from, columns, mirrored, this.#scales[channel]);
      }
    this.output.set(this.#crop, place * this.#crop.length);
  }

  /** Subtracts the mean from one row and scales it. `from` is its first pixel in the image, `to` its first value in the crop. */
  #subtractMean(to: number, from: number, columns: number, mirrored: boolean, scale: number): void {
    const [pixels, mean, values] = [this.#pixels.byteOffset + from, 4 * from, this.#crop.byteOffset + 4 * to];
    if (columns < 4)
      for (let i = 0; i < columns; i++)
        this.#crop[mirrored ? to + columns - 1 - i : to + i] = (this.#pixels[from + i] - this.#mean[from + i]) * scale;
    else if (mirrored) this.#kernel.mirrored(values + 4 * (columns - 4), pixels, mean, columns, scale);
    else this.#kernel.plain(values, pixels, mean, columns, scale);
  }
}
