import type { Tensor } from '../network/weights.ts';
import { luminance, type Plane } from './luminance.ts';

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
export function magnitudes({ rows, columns, values }: Plane): Float64Array {
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
