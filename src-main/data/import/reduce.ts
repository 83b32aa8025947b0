import type { Raw } from './format.ts';

/** Fractions of a pixel that have weights of their own, and the denominator of the weights: libvips' own (`interpolate.h`). */
const FRACTIONS = 64;
const SHIFT = 12;

/** From this factor on libvips first takes means of whole pixels. */
const MOST = 4;

/**
 * How one side of an image becomes shorter: for each of its new pixels `points` old ones and their weights, which may be 0. They are a
 * multiple of four, so many as are summed at once.
 */
interface Axis {
  readonly length: number;
  readonly points: number;
  readonly sources: Int32Array;
  readonly weights: Int16Array;
}

/**
 * Makes pixels smaller as libvips does (`vips_resize` with Lanczos of width 3), to the byte, for images so small that to ask it takes
 * ten times as long as the work: the shorter side becomes `size` and the middle is kept, or both sides are squeezed.
 *
 * @param most the factor below which it is done; a whole image of `size` keeps its pixels
 * @returns [3, size, size], red first; undefined for images that become larger, much smaller, or get margins
 */
export function reduced(
  { pixels, rows, columns, channels }: Raw,
  { size, fit = 'crop' }: { readonly size: number; readonly fit?: 'crop' | 'pad' | 'squeeze' },
  most = MOST,
): Uint8Array | undefined {
  if (channels === 4 || (fit === 'pad' && rows !== columns)) return undefined;
  const least = Math.min(rows, columns) / size;
  // libvips is told the inverse, so that the factor is what rounding leaves of it.
  const [down, across] = (fit === 'squeeze' ? [rows / size, columns / size] : [least, least]).map((f) => 1 / (1 / f));
  if (least < 1 || Math.max(down, across) >= Math.min(MOST, most)) return undefined;
  const shorter = rowsReduced(pixels, columns * channels, axisOf(rows, down, size));
  return columnsReduced(shorter, columns, channels, size, axisOf(columns, across, size));
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
  const points = 4 * Math.ceil(Math.max(...taps.map((own) => own.length)) / 4);
  const sources = new Int32Array(size * points);
  const weights = new Int16Array(size * points);
  for (const [to, own] of taps.entries())
    for (const [at, { source, weight }] of own.entries()) {
      sources[to * points + at] = source;
      weights[to * points + at] = weight;
    }
  return { length: size, points, sources, weights };
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

/** @param width values of a row */
function rowsReduced(pixels: Uint8Array, width: number, { length, points, sources, weights }: Axis): Uint8Array {
  const out = new Uint8ClampedArray(length * width);
  const sums = new Int32Array(width);
  for (let to = 0; to < length; to++) {
    sums.fill(1 << (SHIFT - 1));
    for (let point = to * points; point < (to + 1) * points; point += 4) {
      const a = sources[point] * width;
      const b = sources[point + 1] * width;
      const c = sources[point + 2] * width;
      const d = sources[point + 3] * width;
      const ofA = weights[point];
      const ofB = weights[point + 1];
      const ofC = weights[point + 2];
      const ofD = weights[point + 3];
      for (let at = 0; at < width; at++)
        sums[at] += ofA * pixels[a + at] + ofB * pixels[b + at] + ofC * pixels[c + at] + ofD * pixels[d + at];
    }
    for (let at = 0; at < width; at++) out[to * width + at] = sums[at] >> SHIFT;
  }
  return new Uint8Array(out.buffer);
}

/** @returns [3, rows, columns that the axis has] of [rows, columns, channels] */
function columnsReduced(
  pixels: Uint8Array,
  columns: number,
  channels: number,
  rows: number,
  { length, points, sources, weights }: Axis,
): Uint8Array {
  const area = rows * length;
  const out = new Uint8ClampedArray(3 * area);
  const [second, third] = channels === 1 ? [0, 0] : [1, 2];
  for (let row = 0, at = 0; row < rows; row++)
    for (let to = 0; to < length; to++, at++) {
      let red = 1 << (SHIFT - 1);
      let green = red;
      let blue = red;
      for (let point = to * points; point < (to + 1) * points; point++) {
        const from = (row * columns + sources[point]) * channels;
        const weight = weights[point];
        red += weight * pixels[from];
        green += weight * pixels[from + second];
        blue += weight * pixels[from + third];
      }
      out[at] = red >> SHIFT;
      out[area + at] = green >> SHIFT;
      out[2 * area + at] = blue >> SHIFT;
    }
  return new Uint8Array(out.buffer);
}
