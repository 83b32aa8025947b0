import type { GaborFunction } from '../../common/results/filters.ts';
import { places, type Plane, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import { projectionAt, type Basis } from './projection.ts';

/**
 * A Gabor function on a plane. Coordinates are in pixels from the middle of the plane, x to the right and y upwards:
 *
 *     amplitude * exp(-(s / along)^2 / 2 - (t / across)^2 / 2) * cos(2 pi frequency t + phase)
 *
 * s is the distance from the centre along the stripes, and t across them (s turned counter-clockwise by 90 degrees).
 */
export interface GaborFit extends GaborFunction {
  /** Not negative, in the unit of the weights. */
  readonly amplitude: number;
  /** The function at the pixels, [rows, columns]. */
  readonly fitted: Float64Array;
}

/**
 * How many numbers are fitted to a plane: orientation, frequency, phase, two widths, the centre (2) and the amplitude.
 */
export const GABOR_PARAMETERS = 8;

/**
 * The least value of `frequency * across`. Below it a Gabor function can't tell stripes from a single edge or blob, and
 * its frequency has no meaning.
 */
const FEWEST_CYCLES = 0.25;
/** The least width of the envelope, in pixels. */
const NARROWEST = 0.5;
/** The highest frequency, in cycles per pixel. */
const FINEST = 0.5;

/**
 * Fits a Gabor function to a plane of any size, by least squares. Its frequency is between a fifth of a cycle in the
 * plane and 0.5 cycles per pixel, and its centre within the plane. All numbers are finite, whatever the plane.
 */
export const fitGabor = (plane: Plane): GaborFit => gaborAt(plane, searchGabor(plane));

/** Searches `gaborSpace` for the parameters of the best fit. This is the slow part. */
export const searchGabor = planeSearch(gaborBasis, gaborSpace);

/** The Gabor function with these parameters and the phase and amplitude of the best fit. */
export function gaborAt(plane: Plane, parameters: readonly number[]): GaborFit {
  const { amplitudes, explained, fitted } = projectionAt(plane.values, gaborBasis(plane), parameters);
  const [theta, logFrequency, logCycles, logAlong, x, y] = parameters;
  const half = Math.floor(theta / Math.PI);
  const orientation = Math.min(((theta - half * Math.PI) * 180) / Math.PI, 180 - 1e-9);
  // The same function turned by 180 degrees has the opposite phase.
  const phase = (Math.atan2(-amplitudes[1], amplitudes[0]) * 180) / Math.PI;
  const frequency = Math.exp(logFrequency);
  return {
    orientation,
    frequency,
    phase: half % 2 !== 0 && phase !== 180 ? -phase : phase,
    along: Math.exp(logAlong),
    across: Math.exp(logCycles) / frequency,
    ...{ x, y, explained, fitted },
    amplitude: Math.hypot(...amplitudes),
  };
}

/**
 * The two functions cos and sin times the envelope. Parameters: angle in radians, log frequency, log cycles (`frequency
 * * across`), log `along`, x, y.
 */
export function gaborBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 6,
    write: (parameters, even, odd) => {
      const { x, y, cos, sin, turn, alongPart, acrossPart } = shapeOf(parameters);
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        const envelope = Math.exp(-s * s * alongPart - t * t * acrossPart);
        const angle = turn * t;
        even[pixel] = envelope * Math.cos(angle);
        odd[pixel] = envelope * Math.sin(angle);
      }
    },
    // Both functions, envelope * cos(angle) and envelope * sin(angle), grow with log(envelope); the derivative of each
    // by the angle is the other one, up to its sign.
    differentiate: (parameters, [a, b], [even, odd], [byTheta, byFrequency, byCycles, byAlong, byX, byY]) => {
      const { x, y, cos, sin, turn, alongPart, acrossPart } = shapeOf(parameters);
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        const withEnvelope = a * even[pixel] + b * odd[pixel];
        const withAngle = b * even[pixel] - a * odd[pixel];
        // ds/dtheta = t and dt/dtheta = -s; acrossPart is frequency^2 / (2 cycles^2).
        byTheta[pixel] = withEnvelope * 2 * s * t * (acrossPart - alongPart) - withAngle * turn * s;
        byFrequency[pixel] = withAngle * turn * t - withEnvelope * 2 * t * t * acrossPart;
        byCycles[pixel] = withEnvelope * 2 * t * t * acrossPart;
        byAlong[pixel] = withEnvelope * 2 * s * s * alongPart;
        byX[pixel] = withEnvelope * 2 * (s * alongPart * cos - t * acrossPart * sin) + withAngle * turn * sin;
        byY[pixel] = withEnvelope * 2 * (s * alongPart * sin + t * acrossPart * cos) - withAngle * turn * cos;
      }
    },
  };
}

function shapeOf([theta, logFrequency, logCycles, logAlong, x, y]: readonly number[]) {
  const frequency = Math.exp(logFrequency);
  return {
    ...{ x, y, cos: Math.cos(theta), sin: Math.sin(theta) },
    turn: 2 * Math.PI * frequency,
    alongPart: 1 / (2 * Math.exp(logAlong) ** 2),
    acrossPart: 1 / (2 * (Math.exp(logCycles) / frequency) ** 2),
  };
}

/** Bounds of the parameters, and starts so close to each other that one of them leads to the best fit. */
export function gaborSpace({ rows, columns }: PlaneSize): SearchSpace {
  const size = Math.max(rows, columns);
  const slowest = Math.min(0.2 / size, FINEST / 2);
  const halves = Math.min(size, MOST_FREQUENCIES);
  const frequencies = Array.from({ length: halves }, (_, place) => (FINEST * (place + 1)) / halves);
  const cycles = [Math.log(FEWEST_CYCLES), Math.log(Math.max(0.5, size / 2))];
  const widths = [Math.log(NARROWEST), Math.log(Math.max(1, size))];
  const centres = [[0, 0], ...[-1, 1].flatMap((right) => [-1, 1].map((up) => [right, up]))];
  const starts = Array.from({ length: DIRECTIONS }, (_, place) => (place * Math.PI) / DIRECTIONS).flatMap((theta) =>
    frequencies.flatMap((frequency) =>
      [size / 5, size / 3].flatMap((width) =>
        centres.map(([right, up]) => [
          theta,
          Math.log(frequency),
          within(Math.log(frequency * width), cycles),
          within(Math.log(width), widths),
          (right * columns) / 5,
          (up * rows) / 5,
        ]),
      ),
    ),
  );
  return {
    least: [-2 * Math.PI, Math.log(slowest), cycles[0], widths[0], -columns / 2, -rows / 2],
    most: [3 * Math.PI, Math.log(FINEST), cycles[1], widths[1], columns / 2, rows / 2],
    starts,
  };
}

const DIRECTIONS = 8;
const MOST_FREQUENCIES = 12;
const within = (value: number, [least, most]: readonly number[]): number => Math.min(most, Math.max(least, value));
