import { places, type Plane, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import type { Basis } from './projection.ts';

/** A grating over the whole plane: its wave vector (2), amplitude and phase. */
export const GRATING_PARAMETERS = 4;
/** Sides of the checks, their place (2) and the amplitude. */
export const CHECKERBOARD_PARAMETERS = 4;

/** cos and sin of 2 pi (u x + v y). Parameters: u to the right, v upwards, cycles per pixel. */
export function gratingBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 2,
    write: ([u, v], cos, sin) => {
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const angle = 2 * Math.PI * (u * xs[pixel] + v * ys[pixel]);
        cos[pixel] = Math.cos(angle);
        sin[pixel] = Math.sin(angle);
      }
    },
    differentiate: (_, [a, b], [cos, sin], [byU, byV]) => {
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const slope = 2 * Math.PI * (b * cos[pixel] - a * sin[pixel]);
        byU[pixel] = slope * xs[pixel];
        byV[pixel] = slope * ys[pixel];
      }
    },
  };
}

/** The fewest cycles within the plane at which stripes repeat. */
const FEWEST_CYCLES = 0.75;

/** Starts on a grid of wave vectors. The search may end at slower ones, which are no gratings (`isGrating`). */
export function gratingSpace({ rows, columns }: PlaneSize): SearchSpace {
  const steps = Math.max(rows, columns);
  const least = FEWEST_CYCLES / steps;
  const axis = Array.from({ length: 2 * steps + 1 }, (_, place) => (place - steps) / (2 * steps));
  return {
    least: [-0.5, -0.5],
    most: [0.5, 0.5],
    starts: axis
      .flatMap((u) => axis.filter((v) => v > 0 || (v === 0 && u > 0)).map((v) => [u, v]))
      .filter(([u, v]) => Math.hypot(u, v) >= least),
  };
}

export const searchGrating = planeSearch(gratingBasis, gratingSpace);

/** Whether a wave vector repeats within the plane. */
export const isGrating = ([u, v]: readonly number[], { rows, columns }: PlaneSize): boolean =>
  Math.hypot(u, v) * Math.max(rows, columns) >= FEWEST_CYCLES;

/** Whether a grating is the checkerboard of single pixels. */
export const isCheckered = ([u, v]: readonly number[]): boolean => Math.min(Math.abs(u), Math.abs(v)) > 0.4;

const squares = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);

/** The largest checks, in pixels, and the steps in which their sides and places are tried. */
const LARGEST = 4;

/**
 * The share of a plane's sum of squares that a checkerboard explains: squares of 1 to 4 pixels, at every place, in
 * whole pixels.
 */
export function checkerboardExplained({ rows, columns, values }: Plane): number {
  let most = 0;
  for (let side = 1; side <= Math.min(LARGEST, Math.max(rows, columns) / 2); side++)
    for (let down = 0; down < side; down++)
      for (let right = 0; right < side; right++) {
        let sum = 0;
        values.forEach((value, pixel) => {
          const row = Math.floor((Math.floor(pixel / columns) + down) / side);
          const column = Math.floor(((pixel % columns) + right) / side);
          sum += (row + column) % 2 === 0 ? value : -value;
        });
        most = Math.max(most, (sum * sum) / values.length);
      }
  const energy = squares(values);
  return energy > 0 ? most / energy : 0;
}
