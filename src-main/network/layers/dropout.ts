import { z } from 'zod';
import { nameless, type LayerDefinition, type Shape } from './layer.ts';

const rate = z.number().gt(0).lt(1);

/** Inverted dropout: in training, values are kept with 1 - rate and divided by it. */
export const dropoutSchema = z.strictObject({ type: z.literal('dropout'), ...nameless, rate: rate.default(0.5) });
/** Stochastic depth (Huang et al. 2016): the same, of an image's values all together, at the end of a residual branch. */
export const stochasticDepthSchema = z.strictObject({ type: z.literal('stochastic-depth'), ...nameless, rate });

export const dropout: LayerDefinition<{ readonly rate: number }> = {
  inputs: 1,
  output: (_spec, { inputs: [input] }) => input,
  details: ({ rate }) => `rate ${rate}`,
};

/** The shape of an image's mask; undefined for a layer that has none. */
export function maskShape({ spec, output }: { readonly spec: { readonly type: string }; readonly output: Shape }) {
  if (spec.type === 'dropout') return output;
  return spec.type === 'stochastic-depth' ? output.map(() => 1) : undefined;
}
