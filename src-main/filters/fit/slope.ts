import { places, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import type { Basis } from './projection.ts';

/** A round spot: a single Gaussian. Its width, its centre (2) and its amplitude. */
export const SPOT_PARAMETERS = 4;
/** The slope of a round Gaussian, the simplest edge. Its width, its centre (2), its height and its direction. */
export const SLOPE_PARAMETERS = 5;

export const searchSpot = planeSearch(spotBasis, gaussianSpace);
export const searchSlope = planeSearch(slopeBasis, slopeSpace);

/** A Gaussian; the second function is nothing. Parameters: log width, x, y. */
export function spotBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 3,
    write: ([logWidth, x, y], first, second) => {
      const part = Math.exp(-2 * logWidth) / 2;
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        first[pixel] = Math.exp(-(right * right + up * up) * part);
      }
      second.fill(0);
    },
    differentiate: ([logWidth, x, y], [a], [first], [byWidth, byX, byY]) => {
      const factor = Math.exp(-2 * logWidth);
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const value = a * first[pixel] * factor;
        byWidth[pixel] = value * (right * right + up * up);
        byX[pixel] = value * right;
        byY[pixel] = value * up;
      }
    },
  };
}

/** The derivatives of a Gaussian to the right and upwards, whose sum has any direction. Parameters: log width, x, y. */
export function slopeBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 3,
    write: ([logWidth, x, y], first, second) => {
      const part = Math.exp(-2 * logWidth) / 2;
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const height = Math.exp(-(right * right + up * up) * part);
        first[pixel] = right * height;
        second[pixel] = up * height;
      }
    },
    differentiate: ([logWidth, x, y], [a, b], [first, second], [byWidth, byX, byY]) => {
      const factor = Math.exp(-2 * logWidth);
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const square = right * right + up * up;
        const height = Math.exp((-square * factor) / 2);
        const value = (a * first[pixel] + b * second[pixel]) * factor;
        byWidth[pixel] = value * square;
        byX[pixel] = value * right - a * height;
        byY[pixel] = value * up - b * height;
      }
    },
  };
}

/** Bounds of the width and the centre, and starts of different ones. */
export function gaussianSpace({ rows, columns }: PlaneSize): SearchSpace {
  const size = Math.max(rows, columns);
  const widths = [Math.log(0.5), Math.log(2 * size)];
  const thirds = [-0.3, 0, 0.3];
  return {
    least: [widths[0], -columns / 2, -rows / 2],
    most: [widths[1], columns / 2, rows / 2],
    starts: [size / 8, size / 4, size / 2].flatMap((width) =>
      thirds.flatMap((right) =>
        thirds.map((up) => [Math.min(widths[1], Math.max(widths[0], Math.log(width))), right * columns, up * rows]),
      ),
    ),
  };
}

/** The same, but the Gaussian may be so wide that its slope is even. */
export function slopeSpace(size: PlaneSize): SearchSpace {
  const { least, most, starts } = gaussianSpace(size);
  const widest = Math.log(8 * Math.max(size.rows, size.columns));
  return { least, most: [widest, ...most.slice(1)], starts };
}
