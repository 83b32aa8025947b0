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
