import { z } from 'zod';

/**
 * A network as data: what a JSON file may say, and what `alexnet.ts` says. Layers are read from the input upwards. A
 * *weight layer* (conv, dense) and everything above it up to the next weight layer count as "layer n" in the paper's
 * sense; n starts at 1. The last layer must be a dense one without `units`: it gets one unit per class.
 */

/** How weights start. `gaussian`: N(0, std), as in the paper's Caffe network; `he`: N(0, sqrt(2 / fan in)), He et al. 2015. */
const initialisation = z.strictObject({
  weight: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gaussian'), std: z.number().positive() }),
    z.strictObject({ kind: z.literal('he') }),
  ]),
  /** The initial value of biases. */
  bias: z.number(),
});

/** Caffe's `lr_mult` and `decay_mult` of a layer's weights and biases. */
const multipliers = z.strictObject({
  weight: z.strictObject({ learningRate: z.number().nonnegative(), decay: z.number().nonnegative() }),
  bias: z.strictObject({ learningRate: z.number().nonnegative(), decay: z.number().nonnegative() }),
});

/** Caffe's reference network: biases learn twice as fast and do not decay. */
const CAFFE_MULTIPLIERS: z.infer<typeof multipliers> = {
  weight: { learningRate: 1, decay: 1 },
  bias: { learningRate: 2, decay: 0 },
};

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'must start with a letter and have at most 32 letters, digits, _ or -');
const count = z.int().positive().max(65536);
const weights = {
  name,
  init: initialisation.default({ weight: { kind: 'he' }, bias: 0 }),
  multipliers: multipliers.default(CAFFE_MULTIPLIERS),
};

export const layerSchema = z.discriminatedUnion('type', [
  /** Weights [filters, channels in / groups, kernel, kernel]; bias [filters]. */
  z.strictObject({
    type: z.literal('conv'),
    ...weights,
    filters: count,
    kernel: z.int().positive().max(64),
    stride: z.int().positive().max(64).default(1),
    pad: z.int().nonnegative().max(64).default(0),
    groups: z.int().positive().default(1),
  }),
  /** Weights [units, inputs], inputs flattened in the order channel, row, column; bias [units]. */
  z.strictObject({ type: z.literal('dense'), ...weights, units: count.optional() }),
  z.strictObject({ type: z.literal('relu') }),
  /** Windows that start inside the padded image but reach over its edge are left out (Caffe's ceil mode is not used). */
  z.strictObject({
    type: z.literal('pool'),
    mode: z.enum(['max', 'average']).default('max'),
    kernel: z.int().positive().max(64),
    stride: z.int().positive().max(64),
    pad: z.int().nonnegative().max(32).default(0),
  }),
  /** Across channels: y = x / (k + alpha / size * sum over the window of x^2)^beta (Krizhevsky et al. 2012, 3.3; Caffe). */
  z.strictObject({
    type: z.literal('lrn'),
    size: z
      .int()
      .positive()
      .refine((size) => size % 2 === 1, 'must be odd')
      .default(5),
    alpha: z.number().positive().default(1e-4),
    beta: z.number().positive().default(0.75),
    k: z.number().positive().default(1),
  }),
  /** Inverted dropout: in training, values are kept with 1 - rate and divided by it. */
  z.strictObject({ type: z.literal('dropout'), rate: z.number().gt(0).lt(1).default(0.5) }),
]);

const trainingSchema = z.strictObject({
  batchSize: z.int().min(1).max(4096),
  /** Passes over the training images; fractions are allowed. */
  epochs: z.number().positive(),
  learningRate: z.number().positive(),
  momentum: z.number().min(0).lt(1),
  /** L2: the gradient gets weightDecay * decay multiplier * weight added. */
  weightDecay: z.number().nonnegative(),
  schedule: z.discriminatedUnion('kind', [
    /** The rate is multiplied by `factor` at each of these fractions of the training. */
    z.strictObject({
      kind: z.literal('step'),
      factor: z.number().positive().lt(1),
      at: z.array(z.number().gt(0).lt(1)),
    }),
    z.strictObject({ kind: z.literal('cosine') }),
  ]),
  /** Fraction of the training in which the rate rises linearly from 0. */
  warmUp: z.number().min(0).lt(1),
  /**
   * Factor of mean-subtracted pixels. 1 feeds them as they are, -255..255, as in the paper, whose Gaussian weights of
   * standard deviation 0.01 are made for that. 1/64 gives inputs of unit size, as He's initialisation expects.
   */
  inputScale: z
    .number()
    .positive()
    .default(1 / 64),
  /** Zeros around a mean-subtracted image before the random crop; 0 where stored images are larger than the input. */
  cropPadding: z.int().nonnegative().max(64),
  /** Mirror each training image with probability one half. */
  mirror: z.boolean(),
});

export const networkSchema = z.strictObject({
  name,
  /** Rows and columns of the square RGB input. */
  inputSize: z.int().min(4).max(512),
  layers: z.array(layerSchema).min(2).max(200),
  training: trainingSchema,
});

export type LayerSpec = z.infer<typeof layerSchema>;
export type WeightLayerSpec = Extract<LayerSpec, { type: 'conv' | 'dense' }>;
export type TrainingSpec = z.infer<typeof trainingSchema>;
export type NetworkSpec = z.infer<typeof networkSchema>;
/** What a JSON file may say: defaults may be left out. */
export type NetworkInput = z.input<typeof networkSchema>;

/** Learning rate of step `step` (0-based) of `steps`. */
export function learningRate(training: TrainingSpec, step: number, steps: number): number {
  const { schedule, warmUp } = training;
  const warmUpSteps = Math.round(warmUp * steps);
  const rising = step < warmUpSteps ? (step + 1) / warmUpSteps : 1;
  const done = step / steps;
  const falling =
    schedule.kind === 'cosine'
      ? 0.5 * (1 + Math.cos(Math.PI * done))
      : schedule.factor ** schedule.at.filter((fraction) => done >= fraction).length;
  return training.learningRate * rising * falling;
}

/** Steps of a training: epochs over the images, in batches that run on across the borders of epochs, as Caffe's do. */
export function totalSteps(training: TrainingSpec, images: number): number {
  return Math.max(1, Math.ceil((training.epochs * images) / training.batchSize));
}
