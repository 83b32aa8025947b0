import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

export interface PlaneSize {
  readonly rows: number;
  readonly columns: number;
}

/** One number per pixel. */
export interface Plane extends PlaneSize {
  /** [rows, columns] */
  readonly values: Float64Array;
}

/**
 * A filter's response to grey: the mean of its channels, which filters of any number of channels have. Weights that are
 * not finite count as 0, as in the pictures.
 */
export function luminance(weight: Tensor, filter: number): Plane {
  const [, channels, rows, columns] = bankShape(weight);
  const values = new Float64Array(rows * columns);
  filterWeights(weight, filter).forEach((value, index) => {
    if (Number.isFinite(value)) values[index % values.length] += value / channels;
  });
  return { rows, columns, values };
}
