import type { Tensor } from '../network/weights.ts';

/** The shape [filters, channels, rows, columns] of a bank of filters. Throws if the tensor is not one. */
export function bankShape({ shape, data }: Tensor): readonly [number, number, number, number] {
  const [filters, channels, rows, columns, ...more] = shape;
  if (
    columns === undefined ||
    more.length > 0 ||
    filters * channels * rows * columns !== data.length ||
    data.length === 0
  )
    throw new Error(`filters must be [filters, channels, rows, columns], not ${shape.join('x')}`);
  return [filters, channels, rows, columns];
}

/**
 * The weights of one filter, [channels, rows, columns], as a view. `filter` is 0-based; throws if there is no such one.
 */
export function filterWeights(weight: Tensor, filter: number): Float32Array {
  const [filters, channels, rows, columns] = bankShape(weight);
  if (!Number.isInteger(filter) || filter < 0 || filter >= filters)
    throw new RangeError(`filter ${filter} of a bank of ${filters}`);
  const size = channels * rows * columns;
  return weight.data.subarray(filter * size, (filter + 1) * size);
}

export interface PlaneSize {
  readonly rows: number;
  readonly columns: number;
}

/** One number per pixel. */
export interface Plane extends PlaneSize {
  /** [rows, columns] */
  readonly values: Float64Array;
}

/** How far each pixel is to the right of the plane's middle, and above it. */
export function places({ rows, columns }: PlaneSize): readonly [xs: Float64Array, ys: Float64Array] {
  const size = `${rows}x${columns}`;
  const known = PLACES.get(size);
  if (known) return known;
  const each = (place: (pixel: number) => number) =>
    Float64Array.from({ length: rows * columns }, (_, pixel) => place(pixel));
  const all = [
    each((pixel) => (pixel % columns) - (columns - 1) / 2),
    each((pixel) => (rows - 1) / 2 - Math.floor(pixel / columns)),
  ] as const;
  PLACES.set(size, all);
  return all;
}

const PLACES = new Map<string, ReturnType<typeof places>>();

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
