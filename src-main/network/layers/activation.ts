import { z } from 'zod';
import { nameless, volume, type LayerDefinition } from './layer.ts';

const plain = <Type extends string>(type: Type) => z.strictObject({ type: z.literal(type), ...nameless });

/** Functions of one value at a time; their formulas are in engine/onnx/layers/activation.ts. */
export const reluSchema = plain('relu');
export const siluSchema = plain('silu');
export const hardSwishSchema = plain('hard-swish');
export const hardSigmoidSchema = plain('hard-sigmoid');
export const sigmoidSchema = plain('sigmoid');
export const tanhSchema = plain('tanh');
/** max(least, min(most, x)); ReLU6 is 0 to 6. */
export const clipSchema = z.strictObject({
  type: z.literal('clip'),
  ...nameless,
  least: z.number().default(0),
  most: z.number().default(6),
});
export const leakyReluSchema = z.strictObject({
  type: z.literal('leaky-relu'),
  ...nameless,
  slope: z.number().positive().lt(1).default(0.01),
});
/** `erf`: x times the normal distribution's share below x; `tanh`: its approximation (Hendrycks and Gimpel 2016). */
export const geluSchema = z.strictObject({
  type: z.literal('gelu'),
  ...nameless,
  form: z.enum(['erf', 'tanh']).default('erf'),
});

/** Operations of an output value, roughly. */
const function_ = (operations: number): LayerDefinition<unknown> => ({
  inputs: 1,
  output: (_spec, { inputs: [input] }) => input,
  flops: (_spec, _inputs, output) => operations * volume(output),
});

export const relu = function_(1);
export const silu = function_(5);
export const hardSwish = function_(4);
export const hardSigmoid = function_(3);
export const sigmoid = function_(4);
export const tanh = function_(5);
export const leakyRelu = function_(2);
export const gelu: LayerDefinition<z.infer<typeof geluSchema>> = {
  ...function_(8),
  details: ({ form }) => (form === 'tanh' ? 'by tanh' : ''),
};
export const clip: LayerDefinition<z.infer<typeof clipSchema>> = {
  ...function_(2),
  output: ({ least, most }, { inputs: [input], wrong }) => {
    if (least >= most) throw wrong(`"least" ${least} must be smaller than "most" ${most}.`);
    return input;
  },
  details: ({ least, most }) => `${least} to ${most}`,
};

/** Over one axis of an image's value, the last unless said. */
export const softmaxSchema = z.strictObject({
  type: z.literal('softmax'),
  ...nameless,
  axis: z.int().min(-6).max(5).default(-1),
});

export const softmax: LayerDefinition<z.infer<typeof softmaxSchema>> = {
  ...function_(5),
  output: ({ axis }, { inputs: [input], wrong }) => {
    if (input.at(axis) === undefined || axis >= input.length) throw wrong(`there is no axis ${axis}.`);
    return input;
  },
};
