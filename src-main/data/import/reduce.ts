import type { Raw } from './format.ts';
import { compileReduceKernel } from './reduce-kernel.ts';

/** Fractions of a pixel that have weights of their own, and the denominator of the weights: libvips' own (`interpolate.h`). */
const FRACTIONS = 64;
const SHIFT = 12;

/** From this factor on libvips first takes means of whole pixels. */
const MOST = 4;

/** How one side of an image becomes shorter: for each of its new pixels `points` old ones and their weights, which may be 0. */
interface Axis {
  readonly points: number;
  readonly sources: Int32Array;
  readonly weights: Int16Array;
}

interface Square {
  readonly size: number;
  readonly fit?: 'crop' | 'pad' | 'squeeze';
}

/**
 * By which factors an image becomes smaller where the shorter side becomes `size` or, squeezed, both do; undefined for one that
 * becomes larger or smaller by `most`, or that gets margins.
 */
export function factors(
  rows: number,
  columns: number,
  { size, fit = 'crop' }: Square,
  most = MOST,
): { readonly down: number; readonly across: number } | undefined {
  if (fit === 'pad' && rows !== columns) return undefined;
  const least = Math.min(rows, columns) / size;
  // libvips is told the inverse, so that the factor is what rounding leaves of it.
  const [down, across] = (fit === 'squeeze' ? [rows / size, columns / size] : [least, least]).map((f) => 1 / (1 / f));
  return least < 1 || Math.max(down, across) >= most ? undefined : { down, across };
}

/**
 * Makes pixels smaller as libvips does (`vips_resize` with Lanczos of width 3), to the byte, for images so small that to ask it takes
 * ten times as long as the work. A whole image of `size` keeps its pixels.
 *
 * @returns [3, size, size], red first; undefined for images without `factors`, and for those with transparency
 */
export function reduced({ pixels, rows, columns, channels }: Raw, square: Square): Uint8Array | undefined {
  const by = factors(rows, columns, square);
  if (channels === 4 || by === undefined) return undefined;
  const { size } = square;
  const shorter = summed(pixels, columns * channels, axisOf(rows, by.down, size), size);
  const upright = turned(shorter, size, columns, channels);
  return planesOf(summed(upright, size * channels, axisOf(columns, by.across, size), size), size, channels);
}

const axes = new Map<string, Axis>();

/** The same for all images of a size, as those of most sets are. */
function axisOf(side: number, factor: number, size: number): Axis {
  const key = `${side} ${factor} ${size}`;
  const known = axes.get(key);
  if (known !== undefined) return known;
  const axis = makeAxis(side, factor, size);
  if (axes.size > 1000) axes.clear();
  axes.set(key, axis);
  return axis;
}

function makeAxis(side: number, factor: number, size: number): Axis {
  const length = Math.round(side / factor);
  const skipped = (length - size + 1) >> 1;
  const width = factor === 1 ? 1 : 2 * Math.round(3 * factor) + 1;
  // Where the new side is not a whole number of pixels, as much is missing at both ends.
  const offset = (1 + length * factor - side) / 2 - 1;
  const taps = Array.from({ length: size }, (_, to) => {
    const place = factor === 1 ? to + skipped : (to + skipped + 0.5) * factor - 0.5 - offset;
    const fraction = ((Math.floor(place * FRACTIONS * 2) & (FRACTIONS * 2 - 1)) + 1) >> 1;
    return Array.from(weightsOf(fraction / FRACTIONS, width, factor), (weight, at) => {
      // Beyond the edge its pixels go on.
      const source = Math.max(0, Math.min(side - 1, Math.floor(place) - (width - 1) / 2 + at));
      return { source, weight };
    }).filter(({ weight }) => weight !== 0);
  });
  const points = Math.max(...taps.map((own) => own.length));
  const sources = new Int32Array(size * points);
  const weights = new Int16Array(size * points);
  for (const [to, own] of taps.entries())
    for (const [at, { source, weight }] of own.entries()) {
      sources[to * points + at] = source;
      weights[to * points + at] = weight;
    }
  return { points, sources, weights };
}

function weightsOf(fraction: number, points: number, factor: number): Int16Array {
  if (points === 1) return Int16Array.of(1 << SHIFT);
  const middle = fraction + points / 2 - 1;
  const values = Float64Array.from({ length: points }, (_, at) => lanczos3((at - middle) / factor));
  const sum = values.reduce((total, value) => total + value, 0);
  return Int16Array.from(values, (value) => (value / sum) * (1 << SHIFT));
}

function lanczos3(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const [wave, window] = [Math.PI * x, (Math.PI * x) / 3];
  return (Math.sin(wave) / wave) * (Math.sin(window) / window);
}

const PAGE = 2 ** 16;
const memory = new WebAssembly.Memory({ initial: 1 });
const kernel = compileReduceKernel(memory);

/** The weighted sums of rows of `width` values, a row for each of the axis's `size`. */
function summed(pixels: Uint8Array, width: number, { points, sources, weights }: Axis, size: number): Uint8Array {
  const taps = 0;
  const from = 8 * sources.length;
  const to = from + pixels.length + 8;
  const missing = to + size * width + 8 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const pairs = new Int32Array(memory.buffer, taps, 2 * sources.length);
  for (let at = 0; at < sources.length; at++) {
    pairs[2 * at] = sources[at] * width;
    pairs[2 * at + 1] = weights[at];
  }
  new Uint8Array(memory.buffer).set(pixels, from);
  for (let row = 0; row < size; row++)
    kernel.row(to + row * width, from, taps + 8 * points * row, taps + 8 * points * (row + 1), width);
  return new Uint8Array(memory.buffer, to, size * width).slice();
}

/** [columns, channels, rows] of [rows, columns, channels] */
function turned(pixels: Uint8Array, rows: number, columns: number, channels: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const width = columns * channels;
  for (let row = 0, at = 0; row < rows; row++)
    for (let value = 0; value < width; value++, at++) out[value * rows + row] = pixels[at];
  return out;
}

/** [3, size, size] of [columns, channels, rows]; grey is each of three. */
function planesOf(pixels: Uint8Array, size: number, channels: number): Uint8Array {
  const out = new Uint8Array(3 * size * size);
  for (let column = 0, at = 0; column < size; column++)
    for (let channel = 0; channel < channels; channel++)
      for (let row = 0; row < size; row++, at++) out[(channel * size + row) * size + column] = pixels[at];
  if (channels === 1) out.copyWithin(size * size, 0, size * size).copyWithin(2 * size * size, 0, size * size);
  return out;
}
