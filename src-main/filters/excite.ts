import { setImmediate } from 'node:timers/promises';
import type { ImageSet } from '../data/image-set.ts';
import { meanImage } from '../data/mean-image.ts';
import { Cancelled, UserError } from '../errors.ts';
import { CHANNELS } from '../network/network.ts';
import type { Tensor } from '../network/weights.ts';

/** One filter of a network's first layer, and how that network reads images. */
export interface FirstLayerFilter {
  /** Of the whole layer: [filters, channels in / groups, kernel, kernel]. */
  readonly weight: Tensor;
  /** [filters] */
  readonly bias: Float32Array;
  /** Which of them, 0-based. */
  readonly filter: number;
  readonly stride: number;
  readonly pad: number;
  /** Rows and columns of the network's input: the centre of the stored image. */
  readonly inputSize: number;
  readonly inputScale: number;
}

/** Where an image excites a filter most. */
export interface Exciting {
  readonly image: number;
  /** Centre of the window, in pixels of the stored image; between two pixels for a kernel of even size. */
  readonly row: number;
  readonly column: number;
  /** What the filter puts out there, before its ReLU. */
  readonly response: number;
}

/** Images between two looks at the rest of the world. */
const PAUSE_EVERY = 20;

/**
 * The images that excite a filter most, best first, each with its best place; `most` of them among `among` images spread
 * evenly over the set. They are read as in evaluation, but the mean that is subtracted is that of these images.
 *
 * Errors: UserError for images smaller than the network's input; RangeError for a filter that the layer doesn't have;
 * Cancelled.
 */
export async function excitingImages(
  set: ImageSet,
  filter: FirstLayerFilter,
  { most, among }: { readonly most: number; readonly among: number },
  signal?: AbortSignal,
): Promise<Exciting[]> {
  const { inputSize, weight } = filter;
  const { size, name, count } = set.index;
  if (size < inputSize)
    throw new UserError(
      `Image set "${name}" holds images of ${size}x${size} pixels, but the network reads ${inputSize}x${inputSize}; import the images again at that size.`,
    );
  if (!(filter.filter >= 0 && filter.filter < weight.shape[0]))
    throw new RangeError(`there is no filter ${filter.filter} among ${weight.shape[0]}`);
  const images = spread(count, among);
  const input = new PaddedInput(set, await meanImage(set, images), filter);
  const found: Exciting[] = [];
  for (const [position, image] of images.entries()) {
    if (position % PAUSE_EVERY === 0) await setImmediate();
    if (signal?.aborted) throw new Cancelled();
    found.push({ image, ...strongest(input.read(image), input, filter) });
  }
  return found.sort((a, b) => b.response - a.response).slice(0, most);
}

/** `wanted` numbers of 0..count-1 at even distances, or all. */
function spread(count: number, wanted: number): Int32Array {
  const length = Math.min(count, wanted);
  return Int32Array.from({ length }, (_, i) => Math.floor(((i + 0.5) * count) / length));
}

/** Images as the first layer sees them: centre, mean subtracted, scaled, zeros around. */
class PaddedInput {
  /** Rows and columns, padding included. */
  readonly side: number;
  /** Rows and columns of the stored image that stand before the input's first ones. */
  readonly margin: number;
  readonly #set: ImageSet;
  readonly #mean: Float32Array;
  readonly #filter: FirstLayerFilter;
  readonly #pixels: Uint8Array;
  readonly #values: Float32Array;

  constructor(set: ImageSet, mean: Float32Array, filter: FirstLayerFilter) {
    const { inputSize, pad } = filter;
    this.side = inputSize + 2 * pad;
    this.margin = Math.floor((set.index.size - inputSize) / 2);
    this.#set = set;
    this.#mean = mean;
    this.#filter = filter;
    this.#pixels = new Uint8Array(CHANNELS * set.index.size ** 2);
    this.#values = new Float32Array(CHANNELS * this.side ** 2);
  }

  /** [3, side, side], valid until the next call. */
  read(image: number): Float32Array {
    const { inputSize, inputScale, pad } = this.#filter;
    const { size } = this.#set.index;
    this.#set.read(image, this.#pixels);
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let row = 0; row < inputSize; row++) {
        let from = (channel * size + this.margin + row) * size + this.margin;
        let to = (channel * this.side + pad + row) * this.side + pad;
        for (let column = 0; column < inputSize; column++, from++, to++)
          this.#values[to] = (this.#pixels[from] - this.#mean[from]) * inputScale;
      }
    return this.#values;
  }
}

/** The place of the window that answers most. */
function strongest(values: Float32Array, { side, margin }: PaddedInput, filter: FirstLayerFilter) {
  const { weight, bias, stride, pad } = filter;
  const kernel = weight.shape[2];
  let best = { top: 0, left: 0, response: -Infinity };
  for (let top = 0; top + kernel <= side; top += stride)
    for (let left = 0; left + kernel <= side; left += stride) {
      const response = bias[filter.filter] + weighted(values, side, top, left, filter);
      if (response > best.response) best = { top, left, response };
    }
  const centre = (start: number) => margin + start - pad + (kernel - 1) / 2;
  return { row: centre(best.top), column: centre(best.left), response: best.response };
}

/** The sum of one window, each value times its weight. */
function weighted(values: Float32Array, side: number, top: number, left: number, filter: FirstLayerFilter): number {
  const { data, shape } = filter.weight;
  const [filters, channels, kernel] = shape;
  // With groups, a filter sees only its group's channels.
  const firstChannel = Math.floor((filter.filter * (CHANNELS / channels)) / filters) * channels;
  let place = filter.filter * channels * kernel * kernel;
  let sum = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < kernel; row++) {
      let from = ((firstChannel + channel) * side + top + row) * side + left;
      for (let column = 0; column < kernel; column++) sum += values[from++] * data[place++];
    }
  return sum;
}
