import type { Shape } from '../network/network.ts';
import { RandomStream } from '../random.ts';

/** Features per image of a layer, at most. */
const MOST_FEATURES = 512;
/** Rows and columns that a feature map is pooled to, at most. */
const MOST_CELLS = 4;

/** How the output of a layer becomes features: `size` of them per image, written to `into` at `offset`. */
export interface Pooling {
  readonly size: number;
  readonly pool: (activations: Float32Array, image: number, into: Float32Array, offset: number) => void;
}

/**
 * Averages every map over the cells of a grid, which is as fine as it can be with at most 4 x 4 cells and 512 values
 * per image, and no finer than the map. If there are more than 512 channels, the average of each is added, with a
 * random sign, to a random one of 512 values (count sketch: Charikar, Chen and Farach-Colton 2002), which keeps inner
 * products in the mean. The pooling is the same for all layers of this shape.
 */
export function poolingOf([channels, rows, columns]: Shape): Pooling {
  const fits = (cells: number) => channels * Math.min(cells, rows) * Math.min(cells, columns) <= MOST_FEATURES;
  let cells = MOST_CELLS;
  while (cells > 1 && !fits(cells)) cells -= 1;
  const [down, across] = [bounds(rows, cells), bounds(columns, cells)];
  const whole = channels * down.length * across.length;
  const size = Math.min(whole, MOST_FEATURES);
  const { place, sign } = whole > size ? sketch(whole, size) : identity(whole);
  const volume = channels * rows * columns;
  return {
    size,
    pool(activations, image, into, offset) {
      into.fill(0, offset, offset + size);
      let feature = 0;
      for (let channel = 0; channel < channels; channel++)
        for (const [top, bottom] of down)
          for (const [left, right] of across) {
            const start = image * volume + channel * rows * columns;
            let sum = 0;
            for (let row = top; row < bottom; row++)
              for (let column = left; column < right; column++) sum += activations[start + row * columns + column];
            const mean = sum / ((bottom - top) * (right - left));
            into[offset + place[feature]] += sign[feature] * mean;
            feature += 1;
          }
    },
  };
}

/** The cells along a side, as in adaptive pooling: they cover it, and overlap if it does not divide evenly. */
function bounds(side: number, cells: number): [start: number, end: number][] {
  const count = Math.min(cells, side);
  return Array.from({ length: count }, (_, cell) => [
    Math.floor((cell * side) / count),
    Math.ceil(((cell + 1) * side) / count),
  ]);
}

function sketch(from: number, to: number) {
  const random = new RandomStream('predictors', 'sketch', from);
  const place = Int32Array.from({ length: from }, () => random.integer(to));
  const sign = Int8Array.from({ length: from }, () => (random.uniform() < 0.5 ? -1 : 1));
  return { place, sign };
}

function identity(size: number) {
  return { place: Int32Array.from({ length: size }, (_, feature) => feature), sign: new Int8Array(size).fill(1) };
}
