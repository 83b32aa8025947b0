import { z } from 'zod';
import { nameless, volume, type LayerDefinition, type Shape } from './layer.ts';

// Axes are those of one image's value, 0-based: of an image, 0 stands for channels, 1 for rows and 2 for columns.

const axis = z.int().nonnegative().max(5);
const size = z
  .int()
  .positive()
  .max(2 ** 24);

/** Another shape for the same values in their order; one size may be -1, which is what remains. */
export const reshapeSchema = z.strictObject({
  type: z.literal('reshape'),
  ...nameless,
  shape: z
    .array(z.union([size, z.literal(-1)]))
    .min(1)
    .max(6),
});

export const reshape: LayerDefinition<z.infer<typeof reshapeSchema>> = {
  inputs: 1,
  output: ({ shape }, { inputs: [input], wrong }) => {
    const known = volume(shape.filter((side) => side !== -1));
    const result = shape.map((side) => (side === -1 ? volume(input) / known : side));
    if (
      shape.filter((side) => side === -1).length > 1 ||
      volume(result) !== volume(input) ||
      !result.every(Number.isInteger)
    )
      throw wrong(`${volume(input)} values can't be shaped to ${shape.join('x')}.`);
    return result;
  },
  flops: () => 0,
};

/** The axes in another order: axis i of the output is axis `order[i]` of the input. */
export const transposeSchema = z.strictObject({
  type: z.literal('transpose'),
  ...nameless,
  order: z.array(axis).min(2).max(6),
});

export const transpose: LayerDefinition<z.infer<typeof transposeSchema>> = {
  inputs: 1,
  output: ({ order }, { inputs: [input], wrong }) => {
    if (order.toSorted().join() !== input.map((_, place) => place).join())
      throw wrong(`"order" must have each of its ${input.length} axes once.`);
    return order.map((from) => input[from]);
  },
  flops: () => 0,
};

/** Part of an axis, the channels unless said: from `start` to `end`, exclusive; negative ones count from the end. */
export const sliceSchema = z.strictObject({
  type: z.literal('slice'),
  ...nameless,
  axis: axis.default(0),
  start: z.int().default(0),
  /** Absent: to the last. */
  end: z.int().optional(),
  /** Every so manieth; absent: all. */
  step: z.int().positive().optional(),
});
type SliceSpec = z.infer<typeof sliceSchema>;

/** Start and end of a slice, counted from the start. */
export function sliceOf({ axis, start, end }: SliceSpec, input: Shape): { start: number; end: number } {
  const size = input[axis] ?? 0;
  const place = (from: number) => (from < 0 ? size + from : from);
  return { start: place(start), end: end === undefined ? size : place(end) };
}

export const slice: LayerDefinition<SliceSpec> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    const { start, end } = sliceOf(spec, input);
    if (!(start >= 0 && start < end && end <= (input[spec.axis] ?? 0)))
      throw wrong(`axis ${spec.axis} has no places from ${spec.start} to ${spec.end ?? 'its end'}.`);
    return input.with(spec.axis, Math.ceil((end - start) / (spec.step ?? 1)));
  },
  flops: () => 0,
  details: ({ start, end, step }) => [`${start} to ${end ?? 'end'}`, ...(step ? [`step ${step}`] : [])].join(', '),
};

/** Zeros before and after the channels: shortcut A of He et al. 2015 (arXiv 1512.03385), section 3.3. */
export const zeroChannelsSchema = z.strictObject({
  type: z.literal('zero-channels'),
  ...nameless,
  before: z.int().nonnegative().max(65536).default(0),
  after: z.int().nonnegative().max(65536).default(0),
});

export const zeroChannels: LayerDefinition<z.infer<typeof zeroChannelsSchema>> = {
  inputs: 1,
  output: ({ before, after }, { inputs: [input] }) => input.with(0, before + input[0] + after),
  flops: () => 0,
  details: ({ before, after }) => `${before} before, ${after} after`,
};
