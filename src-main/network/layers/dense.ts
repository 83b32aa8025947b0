import { z } from 'zod';
import { count, volume, type LayerDefinition, type Shape } from './layer.ts';
import { weightAndBias, weights } from './weights.ts';

/**
 * Weights [units, inputs]; bias [units]. Inputs are all values of an image, flattened in the order channel, row, column; with
 * `over: last` the values along the last axis, the same weights for each token.
 */
export const denseSchema = z.strictObject({
  type: z.literal('dense'),
  ...weights,
  /** Absent: the last layer, with a unit for each class. */
  units: count.optional(),
  over: z.literal('last').optional(),
});

const inputsOf = ({ over }: z.infer<typeof denseSchema>, input: Shape): number =>
  over === 'last' ? input.at(-1)! : volume(input);

export const dense: LayerDefinition<z.infer<typeof denseSchema>> = {
  inputs: 1,
  output: ({ units, over }, { inputs: [input], classes }) =>
    over === 'last' ? [...input.slice(0, -1), units ?? classes] : [units ?? classes, 1, 1],
  parameters: (spec, [input], output) => {
    const units = spec.over === 'last' ? output.at(-1)! : output[0];
    return weightAndBias(spec, [units, inputsOf(spec, input)], units);
  },
  flops: (spec, [input], output) => volume(output) * (2 * inputsOf(spec, input) + (spec.bias === false ? 0 : 1)),
};
