import { z } from 'zod';
import { anyLayer, count, layerName } from './layers/layer.ts';
import { LAYER_SCHEMAS, type LayerSpec } from './layers/layers.ts';
import { initialisation, weights } from './layers/weights.ts';

/**
 * A network as data: what a JSON file may say, and what `alexnet.ts` says. Layers are read from the input upwards; each reads
 * the one before it unless it names its `inputs`, so that they make a graph. The last layer must be a dense one without
 * `units`: it gets one unit per class. What a cut leaves together is "layer n" in the paper's sense (cuts.ts).
 */

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'must start with a letter and have at most 32 letters, digits, _ or -');

/** An entry of the list of layers: a layer, or a way to write several (expand.ts). */
export type LayerEntry = LayerSpec | BlockSpec<LayerEntry> | ResidualSpec<LayerEntry> | SplitSpec | AttentionSpec;
/** The same as a file may say it: defaults may be left out. */
export type EntryInput =
  | z.input<(typeof LAYER_SCHEMAS)[number]>
  | BlockSpec<EntryInput>
  | ResidualSpec<EntryInput>
  | z.input<typeof splitSchema>
  | z.input<typeof attentionSchema>;

/**
 * Layers with a name of their own, under which theirs stand: `conv1` in `layer1` is `layer1.conv1`, and `input` is what the
 * block reads. With `times` it stands so often, one after the other, as `layer1.0`, `layer1.1`. No cut goes through a block.
 */
interface BlockSpec<Entry> {
  readonly type: 'block';
  readonly name: string;
  readonly inputs?: string[];
  readonly times?: number;
  /** The number of the first; absent: 0. */
  readonly from?: number;
  readonly layers: Entry[];
}

/** after(branch(x) + shortcut(x)), He et al. 2015 (arXiv 1512.03385), figure 2; `times` and `from` as of a block. */
interface ResidualSpec<Entry> {
  readonly type: 'residual';
  readonly name: string;
  readonly inputs?: string[];
  readonly times?: number;
  readonly from?: number;
  readonly branch: Entry[];
  /** Absent: x itself. */
  readonly shortcut?: Entry[];
  readonly after?: Entry[];
}

const repeated = {
  name: layerName,
  ...anyLayer,
  times: z.int().min(1).max(256).optional(),
  from: z.int().nonnegative().max(1000).optional(),
};

/** A slice for each name, of equal parts or of these `sizes`, along an axis, the channels unless said. */
const splitSchema = z.strictObject({
  type: z.literal('split'),
  ...anyLayer,
  names: z.array(layerName).min(2).max(64),
  axis: z.int().nonnegative().max(5).default(0),
  sizes: z.array(z.int().positive()).min(2).max(64),
});
type SplitSpec = z.infer<typeof splitSchema>;

/**
 * Self-attention of tokens [tokens, width] with several heads (Vaswani et al. 2017, 3.2.2): the dense layers `qkv` and
 * `proj` under its name.
 */
const attentionSchema = z.strictObject({
  type: z.literal('attention'),
  ...weights,
  /** Absent: Xavier, as in the original (tensor2tensor) and timm. */
  init: initialisation.default({ weight: { kind: 'xavier' }, bias: 0 }),
  width: count,
  heads: z.int().positive().max(256),
});
type AttentionSpec = z.infer<typeof attentionSchema>;

const entries = z.lazy(() => z.array(layerSchema).min(1).max(200)) as unknown as z.ZodArray<
  z.ZodType<LayerEntry, EntryInput>
>;

export const layerSchema = z.discriminatedUnion('type', [
  ...LAYER_SCHEMAS,
  z.strictObject({ type: z.literal('block'), ...repeated, layers: entries }),
  z.strictObject({
    type: z.literal('residual'),
    ...repeated,
    branch: entries,
    shortcut: entries.optional(),
    after: entries.optional(),
  }),
  splitSchema,
  attentionSchema,
]);

/** A number each for red, green and blue. */
const rgb = (number: z.ZodNumber) => z.tuple([number, number, number]).readonly();

const trainingSchema = z.strictObject({
  batchSize: z.int().min(1).max(4096),
  /** Passes over the training images; fractions are allowed. */
  epochs: z.number().positive().max(100_000),
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
  /**
   * AdamW (Loshchilov and Hutter 2019) with `momentum` as its beta 1 and weight decay apart from the gradient; absent: SGD
   * with momentum.
   */
  optimiser: z
    .strictObject({
      kind: z.literal('adamw'),
      beta2: z.number().min(0).lt(1).default(0.999),
      epsilon: z.number().positive().default(1e-8),
    })
    .optional(),
  /** Share of the label that is given to all classes alike (Szegedy et al. 2016, section 7); absent: 0. */
  labelSmoothing: z.number().gt(0).lt(1).optional(),
  /** Largest norm of all gradients together; a larger one is scaled down to it (Pascanu et al. 2013). Absent: none. */
  clipNorm: z.number().positive().optional(),
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
  /**
   * What the weights of a file expect: (pixel - mean) / deviation by channel, of pixels 0..255. Absent: the mean image is
   * subtracted and `inputScale` multiplies; present: `inputScale` says nothing.
   */
  pixels: z
    .strictObject({ mean: rgb(z.number().min(-255).max(511)), deviation: rgb(z.number().positive()) })
    .optional(),
  /**
   * Rows and columns that stored images of another size are resampled to before they are cropped. Absent: they are cropped as
   * they are stored, and must not be smaller than the input.
   */
  imageSize: z.int().min(4).max(1024).optional(),
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

export type { LayerSpec };
export type TrainingSpec = z.infer<typeof trainingSchema>;
export type NetworkSpec = z.infer<typeof networkSchema>;
/** What a JSON file may say: defaults may be left out. */
export type NetworkInput = z.input<typeof networkSchema>;

/** Factors of mean-subtracted pixels: of red, green and blue. */
export function inputScales({ pixels, inputScale }: TrainingSpec): readonly [number, number, number] {
  if (!pixels) return [inputScale, inputScale, inputScale];
  const [red, green, blue] = pixels.deviation;
  return [1 / red, 1 / green, 1 / blue];
}

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
