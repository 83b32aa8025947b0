import { z } from 'zod';
import { nameless, unless, volume, type LayerDefinition } from './layer.ts';
import { padding, sidesOf, slide, windowDetails } from './windows.ts';

/** Windows that reach over the end of the padded image are left out (Caffe's ceil mode), unless `ceil` is set. */
export const poolingSchema = z.strictObject({
  type: z.literal('pool'),
  ...nameless,
  mode: z.enum(['max', 'average']).default('max'),
  kernel: z.int().positive().max(64),
  stride: z.int().positive().max(64),
  pad: padding.default(0),
  ceil: z.boolean().optional(),
  /** Whether averages are over the window with its zeros of padding; absent: over the pixels of the image alone. */
  countPadding: z.boolean().optional(),
});

export const pooling: LayerDefinition<z.infer<typeof poolingSchema>> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    const most = Math.max(...Object.values(sidesOf(spec.pad)));
    if (most >= spec.kernel) throw wrong(`its pad ${most} must be smaller than its kernel ${spec.kernel}.`);
    return [input[0], ...slide(spec, input, wrong)];
  },
  flops: ({ kernel }, _inputs, output) => volume(output) * kernel ** 2,
  details: (spec) =>
    [
      `${spec.mode} ${spec.kernel}x${spec.kernel}`,
      ...windowDetails(spec),
      ...(spec.ceil ? ['ceil'] : []),
      ...unless(undefined, spec.countPadding, 'padding counted'),
    ].join(', '),
};

/** The mean of each channel: [channels, 1, 1]. */
export const globalPoolingSchema = z.strictObject({ type: z.literal('global-pool'), ...nameless });

export const globalPooling: LayerDefinition<z.infer<typeof globalPoolingSchema>> = {
  inputs: 1,
  output: (_spec, { inputs: [input], wrong }) => {
    if (input.length !== 3) throw wrong('it averages images, of channels, rows and columns.');
    return [input[0], 1, 1];
  },
  flops: (_spec, [input]) => volume(input),
};
