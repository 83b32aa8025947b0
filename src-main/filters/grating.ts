import type { Tensor } from '../network/weights.ts';
import { luminance, type Plane } from './bank.ts';

/** Frequencies along each axis. */
export const FOURIER_SIZE = 32;

/**
 * Magnitude of the discrete Fourier transform of a filter's luminance, padded with zeros to 32x32: [32, 32], row-major.
 * Row 16 + v, column 16 + u is the frequency of u / 32 cycles per pixel to the right and v / 32 downwards, so that the
 * zero frequency is in the middle.
 */
export function fourierMagnitude(weight: Tensor, filter: number): Float32Array {
  return Float32Array.from(magnitudes(luminance(weight, filter)));
}

/**
 * The same for any plane, in double precision. A plane larger than 32x32 is not cut off: its transform is computed at
 * the same frequencies.
 */
function magnitudes({ rows, columns, values }: Plane): Float64Array {
  const result = new Float64Array(FOURIER_SIZE * FOURIER_SIZE);
  for (let u = 0; u < FOURIER_SIZE; u++) {
    // Each row is transformed at the frequency u, then the results along the columns at every frequency v.
    const real = new Float64Array(rows);
    const imaginary = new Float64Array(rows);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const turn = turnOf(u, column);
        real[row] += values[row * columns + column] * COSINES[turn];
        imaginary[row] -= values[row * columns + column] * SINES[turn];
      }
    for (let v = 0; v < FOURIER_SIZE; v++) {
      let [sumReal, sumImaginary] = [0, 0];
      for (let row = 0; row < rows; row++) {
        const turn = turnOf(v, row);
        sumReal += real[row] * COSINES[turn] + imaginary[row] * SINES[turn];
        sumImaginary += imaginary[row] * COSINES[turn] - real[row] * SINES[turn];
      }
      result[v * FOURIER_SIZE + u] = Math.hypot(sumReal, sumImaginary);
    }
  }
  return result;
}

const ANGLES = Array.from({ length: FOURIER_SIZE }, (_, turn) => (2 * Math.PI * turn) / FOURIER_SIZE);
const COSINES = Float64Array.from(ANGLES, Math.cos);
const SINES = Float64Array.from(ANGLES, Math.sin);

/** The phase at this place of an axis, in 32nds of a turn, of the frequency at this index; it may be negative. */
const turnOf = (index: number, place: number): number => ((index + FOURIER_SIZE / 2) * place) % FOURIER_SIZE;

export interface Grating {
  /**
   * Direction of the stripes as a person sees them, in degrees in [0, 180): 0 is horizontal, 45 from the lower left to
   * the upper right, 90 vertical. The wave vector is at right angles to it.
   */
  readonly orientation: number;
  /** Cycles per pixel across the stripes. */
  readonly frequency: number;
}

/**
 * The least directedness of a plane with a dominant grating. It is 0 if power is the same in all directions (a round
 * blob, a checkerboard) and 1 if all of it is in one. Random kernels of 5x5 to 11x11 have 0.1 to 0.2; edges, bars and
 * gratings 0.4 and more.
 */
const DIRECTED = 0.3;
/** The search ends when its steps are shorter than this, in cycles per pixel. */
const PRECISION = 1e-4;

/**
 * The grating that explains most of what varies in a plane; undefined if nothing varies or no direction stands out.
 *
 * The search starts at the strongest frequency of the Fourier transform and goes on between its frequencies to the
 * grating with the best least-squares fit, because a few pixels have too few cycles for the transform alone to tell.
 */
export function dominantGrating(plane: Plane): Grating | undefined {
  const mean = plane.values.reduce((sum, value) => sum + value, 0) / plane.values.length;
  const varying: Plane = { ...plane, values: plane.values.map((value) => value - mean) };
  const power = magnitudes(varying).map((magnitude) => magnitude ** 2);
  if (!(directedness(power) >= DIRECTED)) return undefined;
  const [u, v] = refined(varying, strongest(power, slowest(plane)));
  const alongStripes = (Math.atan2(-v, u) * 180) / Math.PI + 90;
  return { orientation: (alongStripes + 180) % 180, frequency: Math.hypot(u, v) };
}

/** Cycles per pixel, `u` to the right and `v` downwards. */
type WaveVector = readonly [u: number, v: number];

/** The lowest frequency of a grating, half a cycle within the plane. A slower one is only a slope. */
const slowest = ({ rows, columns }: Plane): number => 1 / (2 * Math.max(rows, columns));

function forEachFrequency(power: Float64Array, visit: (power: number, u: number, v: number) => void): void {
  power.forEach((value, index) => {
    const row = Math.floor(index / FOURIER_SIZE);
    visit(value, (index % FOURIER_SIZE) / FOURIER_SIZE - 0.5, row / FOURIER_SIZE - 0.5);
  });
}

/**
 * Length of the mean direction of all frequencies, weighted by power, where opposite directions are the same: 0 to 1,
 * NaN without any power.
 */
function directedness(power: Float64Array): number {
  let [total, x, y] = [0, 0, 0];
  forEachFrequency(power, (value, u, v) => {
    const angle = 2 * Math.atan2(v, u);
    total += value;
    x += value * Math.cos(angle);
    y += value * Math.sin(angle);
  });
  return Math.hypot(x, y) / total;
}

function strongest(power: Float64Array, slowest: number): WaveVector {
  let most = -1;
  let found: WaveVector = [0, 0];
  forEachFrequency(power, (value, u, v) => {
    if (value <= most || Math.hypot(u, v) < slowest) return;
    most = value;
    found = [u, v];
  });
  return found;
}

const NEIGHBOURS = [-1, 0, 1].flatMap((u) => [-1, 0, 1].map((v) => [u, v] as const));

/** Moves to the best fit nearby in ever shorter steps. */
function refined(plane: Plane, start: WaveVector): WaveVector {
  let best = start;
  let most = explained(plane, start);
  for (let step = 0.5 / FOURIER_SIZE; step > PRECISION;) {
    const before = best;
    for (const [u, v] of NEIGHBOURS) {
      const next: WaveVector = [before[0] + u * step, before[1] + v * step];
      if (Math.hypot(...next) < slowest(plane) || next.some((frequency) => Math.abs(frequency) > 0.5)) continue;
      const value = explained(plane, next);
      if (value > most) [best, most] = [next, value];
    }
    if (best === before) step /= 2;
  }
  return best;
}

/**
 * The part of the sum of squares of a plane with mean 0 that a grating of this wave vector, at its best phase,
 * explains.
 */
function explained({ rows, columns, values }: Plane, [u, v]: WaveVector): number {
  let [cos, sin, cosCos, sinSin, cosSin, valueCos, valueSin] = [0, 0, 0, 0, 0, 0, 0];
  values.forEach((value, index) => {
    // Coordinates are from the middle, so that cosine and sine are as independent as they can be.
    const x = (index % columns) - (columns - 1) / 2;
    const y = Math.floor(index / columns) - (rows - 1) / 2;
    const angle = 2 * Math.PI * (u * x + v * y);
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    cos += c;
    sin += s;
    cosCos += c * c;
    sinSin += s * s;
    cosSin += c * s;
    valueCos += value * c;
    valueSin += value * s;
  });
  // These are the normal equations without their means. A little is added in case one function is 0 on every pixel.
  const count = values.length;
  const little = 1e-9 * count;
  const a = cosCos - cos ** 2 / count + little;
  const b = sinSin - sin ** 2 / count + little;
  const d = cosSin - (cos * sin) / count;
  return (valueCos ** 2 * b - 2 * valueCos * valueSin * d + valueSin ** 2 * a) / (a * b - d ** 2);
}
