import { z } from 'zod';
import { anyLayer, layerName, unless, volume, type LayerDefinition, type Shape } from './layer.ts';
import { multiplier } from './weights.ts';

/**
 * A learned table that is added to a value (position table), multiplied with it (layer scale, Touvron et al. 2021) or joined
 * before its first axis (class token, Dosovitskiy et al. 2021). Its parameter has the layer's name and this shape; leading
 * sides of 1 beyond the value's are for the images.
 */
export const tableSchema = z.strictObject({
  type: z.literal('table'),
  name: layerName,
  ...anyLayer,
  mode: z.enum(['add', 'multiply', 'join']),
  shape: z
    .array(
      z
        .int()
        .positive()
        .max(2 ** 24),
    )
    .min(1)
    .max(6),
  /** The axis of an image's value at which the table's first side lies; absent: the last sides meet. */
  axis: z.int().nonnegative().max(5).optional(),
  init: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('gaussian'), std: z.number().positive() }),
      z.strictObject({ kind: z.literal('constant'), value: z.number() }),
    ])
    .default({ kind: 'gaussian', std: 0.02 }),
  multipliers: multiplier.default({ learningRate: 1, decay: 0 }),
});
export type TableSpec = z.infer<typeof tableSchema>;

/** The table's shape with as many sides as the value has. */
export function tableShape({ shape, axis }: Pick<TableSpec, 'shape' | 'axis'>, input: Shape): Shape {
  let own = [...shape];
  while (own.length > input.length && own[0] === 1) own = own.slice(1);
  const after = axis === undefined ? 0 : Math.max(0, input.length - axis - own.length);
  const before = Math.max(0, input.length - own.length - after);
  return [...Array<number>(before).fill(1), ...own, ...Array<number>(after).fill(1)];
}

export const table: LayerDefinition<TableSpec> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    const own = tableShape(spec, input);
    const { axis } = spec;
    const fits =
      own.length === input.length &&
      (axis === undefined || (axis < input.length && own.slice(0, axis).every((size) => size === 1))) &&
      own.every((size, side) =>
        spec.mode === 'join' ? side === 0 || size === input[side] : size === 1 || size === input[side],
      );
    if (!fits) throw wrong(`its table of ${spec.shape.join('x')} doesn't fit.`);
    return spec.mode === 'join' ? input.with(0, own[0] + input[0]) : input;
  },
  parameters: ({ shape, init, multipliers }) => [{ role: 'table', shape, fanIn: 1, initial: init, multipliers }],
  flops: ({ mode }, [input]) => (mode === 'join' ? 0 : volume(input)),
  details: ({ mode, axis }) => [mode, ...unless(undefined, axis, 'axis')].join(', '),
};
