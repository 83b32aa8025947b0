import { z } from 'zod';
import {
  anyLayer,
  layerName,
  nameless,
  volume,
  type LayerDefinition,
  type LayerParameter,
  type Shape,
} from './layer.ts';
import { multipliers } from './weights.ts';

/** Across channels: y = x / (k + alpha / size * sum over the window of x^2)^beta (Krizhevsky et al. 2012, 3.3; Caffe). */
export const lrnSchema = z.strictObject({
  type: z.literal('lrn'),
  ...nameless,
  size: z
    .int()
    .positive()
    .max(4095)
    .refine((size) => size % 2 === 1, 'must be odd')
    .default(5),
  alpha: z.number().positive().default(1e-4),
  beta: z.number().positive().default(0.75),
  k: z.number().positive().default(1),
});

/** The sum over neighbours is a product with a matrix of channels x channels. */
const MOST_CHANNELS = 4096;

export const lrn: LayerDefinition<z.infer<typeof lrnSchema>> = {
  inputs: 1,
  output: (_spec, { inputs: [input], wrong }) => {
    if (input.length !== 3) throw wrong('it normalises the channels of images, of channels, rows and columns.');
    if (input[0] > MOST_CHANNELS) throw wrong(`it normalises ${MOST_CHANNELS} channels at most.`);
    return input;
  },
  flops: ({ size }, _inputs, output) => volume(output) * (2 * size + 3),
  details: ({ size }) => `over ${size} channels`,
};

/** Norms don't decay unless asked (AdamW and label smoothing recipes; He et al. 2015 decay them). */
const NORM_MULTIPLIERS = { weight: { learningRate: 1, decay: 0 }, bias: { learningRate: 1, decay: 0 } };

const norm = {
  name: layerName,
  ...anyLayer,
  /** Added to the variance. */
  epsilon: z.number().positive().default(1e-5),
  multipliers: multipliers.default(NORM_MULTIPLIERS),
  /** The initial weight, 0 at the end of a residual branch (Goyal et al. 2017, 5.1); absent: 1. */
  initialWeight: z.number().optional(),
};

/**
 * Weight, bias and running statistics [channels]. In training the statistics of the batch are used, and running ones follow
 * by `momentum`, as in PyTorch with the unbiased variance (Ioffe and Szegedy 2015). Frozen: the running ones, unchanged.
 */
export const batchNormSchema = z.strictObject({
  type: z.literal('batch-norm'),
  ...norm,
  momentum: z.number().gt(0).max(1).default(0.1),
});

/** Over the channels of each pixel of an image, over the last axis of anything else, or over `axis` (Ba et al. 2016). */
export const layerNormSchema = z.strictObject({
  type: z.literal('layer-norm'),
  ...norm,
  axis: z.int().min(-4).max(3).optional(),
});

/** Over rows, columns and the channels of a group (Wu and He 2018). Weight and bias [channels]. */
export const groupNormSchema = z.strictObject({ type: z.literal('group-norm'), ...norm, groups: z.int().positive() });

interface NormSpec {
  readonly multipliers: typeof NORM_MULTIPLIERS;
  readonly initialWeight?: number;
}

function affine({ multipliers, initialWeight = 1 }: NormSpec, size: number): LayerParameter[] {
  const shared = { shape: [size], fanIn: 1 };
  return [
    {
      role: 'weight',
      ...shared,
      initial: { kind: 'constant', value: initialWeight },
      multipliers: multipliers.weight,
    },
    { role: 'bias', ...shared, initial: { kind: 'constant', value: 0 }, multipliers: multipliers.bias },
  ];
}

const NEVER = { learningRate: 0, decay: 0 };
const statistics = (size: number): LayerParameter[] => {
  const shared = { shape: [size], fanIn: 1, multipliers: NEVER };
  return [
    { role: 'runningMean', ...shared, initial: { kind: 'constant', value: 0 } },
    { role: 'runningVariance', ...shared, initial: { kind: 'constant', value: 1 } },
  ];
};

/** Operations of an output value: mean, variance, difference, factor, weight and bias. */
const OPERATIONS = 8;

export const batchNorm: LayerDefinition<z.infer<typeof batchNormSchema>> = {
  inputs: 1,
  output: (_spec, { inputs: [input], wrong }) => {
    if (input.length !== 3) throw wrong('it normalises the channels of images, of channels, rows and columns.');
    return input;
  },
  parameters: (spec, [[channels]]) => [...affine(spec, channels), ...statistics(channels)],
  flops: (_spec, _inputs, output) => volume(output) * OPERATIONS,
};

/** The axis of an image's value, 0-based, that a layer norm is over. */
export function normalisedAxis({ axis }: { readonly axis?: number }, input: Shape): number {
  const chosen = axis ?? (input.length === 3 ? 0 : -1);
  return chosen < 0 ? input.length + chosen : chosen;
}

export const layerNorm: LayerDefinition<z.infer<typeof layerNormSchema>> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    if (input[normalisedAxis(spec, input)] === undefined) throw wrong(`there is no axis ${spec.axis}.`);
    return input;
  },
  parameters: (spec, [input]) => affine(spec, input[normalisedAxis(spec, input)]),
  flops: (_spec, _inputs, output) => volume(output) * OPERATIONS,
};

export const groupNorm: LayerDefinition<z.infer<typeof groupNormSchema>> = {
  inputs: 1,
  output: ({ groups }, { inputs: [input], wrong }) => {
    if (input[0] % groups !== 0) throw wrong(`${input[0]} channels can't be divided among ${groups} groups.`);
    return input;
  },
  parameters: (spec, [[channels]]) => affine(spec, channels),
  flops: (_spec, _inputs, output) => volume(output) * OPERATIONS,
  details: ({ groups }) => `${groups} groups`,
};
