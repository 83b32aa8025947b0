import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Plane } from '../bank.ts';

/** Widths of the smoothing in pixels, and shares of white noise, that are tried. */
const WIDTHS = [0.5, 0.7, 1, 1.4, 2, 2.8, 4];
const WHITE = [0.01, 0.03, 0.1, 0.3];

/** The amplitude, the width of the smoothing and the share of white noise. */
export const SMOOTH_PARAMETERS = 3;

/**
 * -2 log likelihood of a plane as smoothed noise, without the part that all models have in common: a stationary
 * Gaussian process whose correlation falls as exp(-d^2 / 4 width^2) (white noise smoothed by a Gaussian), plus white
 * noise, at the most likely width, share and amplitude.
 */
export function smoothNoise({ rows, columns, values }: Plane): number {
  const pixels = values.length;
  let best = Infinity;
  for (const width of WIDTHS) {
    const [down, across] = [axisOf(rows, width), axisOf(columns, width)];
    // The correlation is a product of one for rows and one for columns, so its axes are, too.
    const turned = down.axes
      .transpose()
      .mmul(Matrix.from1DArray(rows, columns, values))
      .mmul(across.axes);
    for (const white of WHITE) {
      let [logs, squares] = [0, 0];
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const variance = (1 - white) * Math.max(0, down.variances[row] * across.variances[column]) + white;
          logs += Math.log(variance);
          squares += turned.get(row, column) ** 2 / variance;
        }
      best = Math.min(best, pixels * Math.log(squares / pixels) + logs);
    }
  }
  return best;
}

interface Axis {
  readonly axes: Matrix;
  readonly variances: readonly number[];
}
const AXES = new Map<string, Axis>();

function axisOf(size: number, width: number): Axis {
  const name = `${size} ${width}`;
  const known = AXES.get(name);
  if (known) return known;
  const correlation = Matrix.zeros(size, size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      correlation.set(row, column, Math.exp(-((row - column) ** 2) / (4 * width * width)));
  const found = new EigenvalueDecomposition(correlation, { assumeSymmetric: true });
  const axis = { axes: found.eigenvectorMatrix, variances: found.realEigenvalues };
  AXES.set(name, axis);
  return axis;
}
