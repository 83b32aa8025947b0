import { z } from 'zod';
import { count, unless, volume, type LayerDefinition } from './layer.ts';
import { weightAndBias, weights } from './weights.ts';
import { padding, slide, windowDetails } from './windows.ts';

/** Weights [filters, channels in / groups, kernel, kernel]; bias [filters]. As many groups as channels: depthwise. */
export const convolutionSchema = z.strictObject({
  type: z.literal('conv'),
  ...weights,
  filters: count,
  kernel: z.int().positive().max(64),
  stride: z.int().positive().max(64).default(1),
  pad: padding.default(0),
  groups: z.int().positive().default(1),
  /** Distance of taps; absent: 1. */
  dilation: z.int().positive().max(64).optional(),
});

export const convolution: LayerDefinition<z.infer<typeof convolutionSchema>> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    const [channels] = input;
    if (channels % spec.groups !== 0)
      throw wrong(`${channels} input channels can't be divided among ${spec.groups} groups.`);
    if (spec.filters % spec.groups !== 0)
      throw wrong(`${spec.filters} filters can't be divided among ${spec.groups} groups.`);
    return [spec.filters, ...slide(spec, input, wrong)];
  },
  parameters: (spec, [[channels]]) =>
    weightAndBias(
      spec,
      [spec.filters, channels / spec.groups, spec.kernel, spec.kernel],
      (spec.filters / spec.groups) * spec.kernel ** 2,
    ),
  flops: (spec, [[channels]], output) =>
    volume(output) * (2 * (channels / spec.groups) * spec.kernel ** 2 + (spec.bias === false ? 0 : 1)),
  details: (spec) =>
    [`${spec.kernel}x${spec.kernel}`, ...windowDetails(spec), ...unless(1, spec.groups, 'groups')].join(', '),
};
