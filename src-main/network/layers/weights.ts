import { z } from 'zod';
import type { Initial, LayerParameter } from './layer.ts';
import { anyLayer, layerName, volume } from './layer.ts';

/**
 * How weights start. `gaussian`: N(0, std), as in the paper's Caffe network; `he`: N(0, sqrt(2 / fan in)), He et al. 2015;
 * `xavier`: N(0, sqrt(2 / (fan in + fan out))), Glorot and Bengio 2010.
 */
export const initialisation = z.strictObject({
  weight: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gaussian'), std: z.number().positive() }),
    z.strictObject({ kind: z.literal('he') }),
    z.strictObject({ kind: z.literal('xavier') }),
  ]),
  /** The initial value of biases. */
  bias: z.number(),
});

/** Caffe's `lr_mult` and `decay_mult` of a parameter. */
export const multiplier = z.strictObject({ learningRate: z.number().nonnegative(), decay: z.number().nonnegative() });
export const multipliers = z.strictObject({ weight: multiplier, bias: multiplier });

/** Caffe's reference network: biases learn twice as fast and do not decay. */
const CAFFE_MULTIPLIERS: z.infer<typeof multipliers> = {
  weight: { learningRate: 1, decay: 1 },
  bias: { learningRate: 2, decay: 0 },
};

/** What convolutions and dense layers have in common. */
export const weights = {
  name: layerName,
  ...anyLayer,
  init: initialisation.default({ weight: { kind: 'he' }, bias: 0 }),
  multipliers: multipliers.default(CAFFE_MULTIPLIERS),
  /** `false`: no bias; absent: there is one. */
  bias: z.boolean().optional(),
};

interface WeightsSpec {
  readonly init: z.infer<typeof initialisation>;
  readonly multipliers: z.infer<typeof multipliers>;
  readonly bias?: boolean;
}

/** Weight and bias of a convolution or dense layer. @param fanOut outputs that a weight's input goes to */
export function weightAndBias(spec: WeightsSpec, shape: readonly number[], fanOut: number): LayerParameter[] {
  const fanIn = volume(shape.slice(1));
  const { init, multipliers } = spec;
  const weight: LayerParameter = {
    role: 'weight',
    shape,
    fanIn,
    initial: initialOf(init.weight, fanIn, fanOut),
    multipliers: multipliers.weight,
  };
  if (spec.bias === false) return [weight];
  const initial: Initial = { kind: 'constant', value: init.bias };
  return [weight, { role: 'bias', shape: [shape[0]], fanIn, initial, multipliers: multipliers.bias }];
}

function initialOf(weight: WeightsSpec['init']['weight'], fanIn: number, fanOut: number): Initial {
  switch (weight.kind) {
    case 'gaussian':
      return weight;
    case 'he':
      return { kind: 'gaussian', std: Math.sqrt(2 / fanIn) };
    case 'xavier':
      return { kind: 'gaussian', std: Math.sqrt(2 / (fanIn + fanOut)) };
  }
}
