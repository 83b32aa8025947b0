import type { Picture } from '../parts/pictures.ts';
import type { Bank } from './bank.ts';

/** Where the filters of a mosaic stand, in units of one weight. */
export interface Layout {
  /** Filters beside each other. */
  readonly across: number;
  readonly width: number;
  readonly height: number;
}

export interface MosaicOptions {
  /** Which filters, in the order to show them; absent: all, in the network's order. */
  readonly order?: readonly number[];
  /** Screen pixels per weight, nearest neighbour. */
  readonly scale?: number;
  /** Filters beside each other; absent: a shape near 4:3. */
  readonly across?: number;
  /** The weight that gets full colour; absent: each filter's own largest. */
  readonly largest?: number;
  /** Between the filters; absent: white. */
  readonly background?: readonly [red: number, green: number, blue: number, opacity: number];
}

const GAP = 1;
const GREY = 128;
const WHITE = [255, 255, 255, 255] as const;
export const TRANSPARENT = [0, 0, 0, 0] as const;

/** Filters of this many rows and columns in a shape near 4:3, one pixel apart, as src-main/filters/mosaic.ts lays them out. */
export function layoutOf(filters: number, rows: number, columns: number, scale = 1, most?: number): Layout {
  const across = Math.min(filters, most ?? Math.ceil(Math.sqrt((filters * 4) / 3)));
  const down = Math.ceil(filters / across);
  return { across, width: across * (columns * scale + GAP) + GAP, height: down * (rows * scale + GAP) + GAP };
}

/** Left and top of the filter at a place of the layout, in the units of the layout. */
export function positionOf(place: number, { across }: Layout, rows: number, columns: number, scale = 1) {
  return {
    left: GAP + (place % across) * (columns * scale + GAP),
    top: GAP + Math.floor(place / across) * (rows * scale + GAP),
  };
}

/** Many filters in one picture; with the default options, the bytes of src-main/filters/mosaic.ts. */
export function paintMosaic(bank: Bank, options: MosaicOptions = {}): Picture {
  const [filters, , rows, columns] = bank.shape;
  const { order = Array.from({ length: filters }, (_, filter) => filter), scale = 1, background = WHITE } = options;
  const layout = layoutOf(order.length, rows, columns, scale, options.across);
  const { width, height } = layout;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < pixels.length; pixel += 4) pixels.set(background, pixel);
  order.forEach((filter, place) => {
    const { left, top } = positionOf(place, layout, rows, columns, scale);
    const colours = filterColours(bank, filter, options.largest);
    for (let row = 0; row < rows * scale; row++) {
      for (let column = 0; column < columns * scale; column++) {
        const from = 4 * (Math.floor(row / scale) * columns + Math.floor(column / scale));
        pixels.set(colours.subarray(from, from + 4), 4 * ((top + row) * width + left + column));
      }
    }
  });
  return { width, height, pixels };
}

/** One filter, a pixel per weight. */
export function paintFilter(bank: Bank, filter: number, largest?: number): Picture {
  return { width: bank.shape[3], height: bank.shape[2], pixels: filterColours(bank, filter, largest) };
}

/** One channel of a filter in grey: white positive, black negative, scaled by the filter's largest weight of all channels. */
export function paintChannel(bank: Bank, filter: number, channel: number, largest?: number): Picture {
  const [, , rows, columns] = bank.shape;
  const all = weightsOf(bank, filter);
  const plane = all.subarray(channel * rows * columns, (channel + 1) * rows * columns);
  return { width: columns, height: rows, pixels: colour(plane, 1, largest ?? largestIn(all)) };
}

/** Numbers from 0 up, the largest of them white. */
export function paintMagnitude(magnitude: Float32Array, size: number): Picture {
  const largest = largestIn(magnitude) || 1;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  // The square root keeps what is weak beside a strong peak visible.
  magnitude.forEach((value, place) => pixels.fill(255 * Math.sqrt(value / largest), 4 * place, 4 * place + 3));
  return { width: size, height: size, pixels };
}

/** The largest weight of what is shown of any of these filters: the one that a common scale gives full colour. */
export function largestWeight({ shape, weights }: Bank): number {
  const [filters] = shape;
  let largest = 0;
  for (let filter = 0; filter < filters; filter++)
    largest = Math.max(largest, largestIn(shown({ shape, weights }, filter)));
  return largest;
}

/** A filter as [rows, columns, 4] bytes: 128 + 127 w / largest. What is not a number shows as grey. */
export function filterColours(bank: Bank, filter: number, largest?: number): Uint8ClampedArray<ArrayBuffer> {
  const planes = shown(bank, filter);
  return colour(planes, bank.shape[1] === 3 ? 3 : 1, largest ?? largestIn(planes));
}

function colour(planes: Float32Array, channels: 1 | 3, largest: number): Uint8ClampedArray<ArrayBuffer> {
  const area = planes.length / channels;
  const colours = new Uint8ClampedArray(area * 4).fill(255);
  for (let place = 0; place < area; place++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = planes[channels === 3 ? channel * area + place : place] / (largest || 1);
      colours[4 * place + channel] = Number.isFinite(value) ? Math.round(GREY + 127 * value) : GREY;
    }
  }
  return colours;
}

/** Weights of three channels are red, green and blue; of any other number, their mean is shown in grey. */
function shown(bank: Bank, filter: number): Float32Array {
  const [, channels, rows, columns] = bank.shape;
  const weights = weightsOf(bank, filter);
  if (channels === 3) return weights;
  const area = rows * columns;
  const mean = new Float32Array(area);
  weights.forEach((value, index) => (mean[index % area] += value / channels));
  return mean;
}

function weightsOf({ shape, weights }: Bank, filter: number): Float32Array {
  const [, channels, rows, columns] = shape;
  const length = channels * rows * columns;
  return weights.subarray(filter * length, (filter + 1) * length);
}

const largestIn = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
