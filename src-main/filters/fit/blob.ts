import type { BlobFunction } from '../../common/results/filters.ts';
import { places, type Plane, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import { projectionAt, type Basis } from './projection.ts';

/**
 * A round blob with a surround: a difference of Gaussians. Coordinates are in pixels from the middle of a plane, x to
 * the right and y upwards, and r is the distance from (x, y):
 *
 *     centre * exp(-r^2 / 2 centreWidth^2) + surround * exp(-r^2 / 2 surroundWidth^2)
 *
 * It is a single Gaussian if `centre` or `surround` is 0.
 */
export interface BlobFit extends BlobFunction {
  /** Standard deviations in pixels. */
  readonly centreWidth: number;
  readonly surroundWidth: number;
  /** Amplitudes in the unit of the weights, of either sign. */
  readonly centre: number;
  readonly surround: number;
  /** The function at the pixels, [rows, columns]. */
  readonly fitted: Float64Array;
}

/** How many numbers are fitted to a plane: the centre (2), two widths and two amplitudes. */
export const BLOB_PARAMETERS = 6;

/** Bounds of the ratio of the surround's width to the centre's. */
const [LEAST_RATIO, MOST_RATIO] = [1.3, 4];
/** The least width of the centre, in pixels. */
const NARROWEST = 0.5;

/** Fits a blob to a plane of any size, by least squares. All numbers are finite, whatever the plane. */
export const fitBlob = (plane: Plane): BlobFit => blobAt(plane, searchBlob(plane));

/** Searches `blobSpace` for the parameters of the best fit. This is the slow part. */
export const searchBlob = planeSearch(blobBasis, blobSpace);

/** The blob with these parameters and the amplitudes of the best fit. */
export function blobAt(plane: Plane, parameters: readonly number[]): BlobFit {
  const { amplitudes, explained, fitted } = projectionAt(plane.values, blobBasis(plane), parameters);
  const [logWidth, logRatio, x, y] = parameters;
  const [centre, surround] = amplitudes;
  const centreWidth = Math.exp(logWidth);
  const parts = { centre, centreWidth, surround, surroundWidth: centreWidth * Math.exp(logRatio) };
  return { x, y, width: widthOf(parts), ...parts, explained, fitted };
}

/** `BlobFit.width` to a hundredth of `centreWidth`. A ring, whose middle is almost 0, has `centreWidth` itself. */
function widthOf(parts: Pick<BlobFit, 'centre' | 'centreWidth' | 'surround' | 'surroundWidth'>): number {
  const { centre, centreWidth, surround, surroundWidth } = parts;
  const middle = Math.abs(centre + surround);
  if (middle <= 0.1 * Math.max(Math.abs(centre), Math.abs(surround))) return centreWidth;
  const step = centreWidth / 100;
  let radius = 0;
  for (let height = middle; height > middle * Math.exp(-0.5); radius += step) {
    const square = (radius + step) ** 2 / 2;
    height = Math.abs(
      centre * Math.exp(-square / centreWidth ** 2) + surround * Math.exp(-square / surroundWidth ** 2),
    );
  }
  return radius;
}

/** The two Gaussians. Parameters: log centreWidth, log (surroundWidth / centreWidth), x, y. */
export function blobBasis({ rows, columns }: PlaneSize): Basis {
  const [xs, ys] = places({ rows, columns });
  const across = new Float64Array(columns);
  const gaussian = (x: number, y: number, width: number, into: Float64Array) => {
    const factor = 1 / (2 * width * width);
    // A round Gaussian is a factor for each column times one for each row.
    for (let column = 0; column < columns; column++) across[column] = Math.exp(-((xs[column] - x) ** 2) * factor);
    for (let row = 0; row < rows; row++) {
      const down = Math.exp(-((ys[row * columns] - y) ** 2) * factor);
      for (let column = 0; column < columns; column++) into[row * columns + column] = down * across[column];
    }
  };
  return {
    parameters: 4,
    write: ([logWidth, logRatio, x, y], first, second) => {
      gaussian(x, y, Math.exp(logWidth), first);
      gaussian(x, y, Math.exp(logWidth + logRatio), second);
    },
    differentiate: ([logWidth, logRatio, x, y], [a, b], [first, second], [byWidth, byRatio, byX, byY]) => {
      const ofFirst = Math.exp(-2 * logWidth);
      const ofSecond = Math.exp(-2 * (logWidth + logRatio));
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const square = right * right + up * up;
        const withFirst = a * first[pixel] * ofFirst;
        const withSecond = b * second[pixel] * ofSecond;
        byWidth[pixel] = (withFirst + withSecond) * square;
        byRatio[pixel] = withSecond * square;
        byX[pixel] = (withFirst + withSecond) * right;
        byY[pixel] = (withFirst + withSecond) * up;
      }
    },
  };
}

/** Bounds of the parameters, and starts of different widths and centres. */
export function blobSpace({ rows, columns }: PlaneSize): SearchSpace {
  const size = Math.max(rows, columns);
  const widths = [Math.log(NARROWEST), Math.log(Math.max(1, size))];
  const ratios = [Math.log(LEAST_RATIO), Math.log(MOST_RATIO)];
  const fifths = [-0.4, -0.2, 0, 0.2, 0.4];
  return {
    least: [widths[0], ratios[0], -columns / 2, -rows / 2],
    most: [widths[1], ratios[1], columns / 2, rows / 2],
    starts: [size / 8, size / 4, size / 2].flatMap((width) =>
      fifths.flatMap((right) =>
        fifths.map((up) => [
          Math.min(widths[1], Math.max(widths[0], Math.log(width))),
          Math.log(1.6),
          right * columns,
          up * rows,
        ]),
      ),
    ),
  };
}
