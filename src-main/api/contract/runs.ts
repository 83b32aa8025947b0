import { z } from 'zod';
import {
  blobSchema,
  componentSchema,
  filterClassSchema,
  gaborSchema,
  odditySchema,
} from '../../common/results/filters.ts';
import { NETWORK_FORMATS } from '../../common/choices.ts';
import { bytes, procedure } from './problems.ts';

const run = z.string().regex(/^[0-9a-f]{64}$/);
/** A step of the history; `latest`: of a run under way what it said last, else its final weights. */
const step = z.union([z.literal('latest'), z.int().nonnegative()]);
const networkAtStep = z.object({ run, step });
const filter = z.int().nonnegative().max(65_535);

/** What can be measured on a filter. Angles in degrees. */
const filterMeasures = z.object({
  /** Square root of the sum of squared weights. */
  norm: z.number(),
  /** Direction of its stripes, 0 = horizontal, counter-clockwise, in [0, 180); null without a dominant one. */
  orientation: z.number().nullable(),
  /** Cycles per pixel. */
  frequency: z.number().nullable(),
  /** Share of its energy off the grey axis, 0..1. */
  colour: z.number(),
  hue: z.number().nullable(),
  /** Why nothing else can be said of it, where that is so. */
  oddity: odditySchema.nullable(),
});
export type FilterMeasures = z.infer<typeof filterMeasures>;

export const filtersSchema = z.object({
  step: z.int(),
  /** [filters, channels, rows, columns] */
  shape: z.array(z.int()),
  /** float32, in this shape. */
  weights: bytes,
  /** One a filter; none where they were not asked for. */
  measures: z.array(filterMeasures),
});

const shares = z.record(filterClassSchema, z.number());

/** One filter's class, and the functions fitted to its dominant component. Angles in degrees, lengths in pixels. */
const filterFit = z.object({
  class: filterClassSchema,
  component: componentSchema,
  /** Of the component in the filter's energy, 0..1. */
  share: z.number(),
  gabor: gaborSchema,
  blob: blobSchema,
});
export type FilterFit = z.infer<typeof filterFit>;

const fittedBank = z.object({
  step: z.int(),
  filters: z.array(filterFit),
  /** [filters, 3, rows, columns] */
  shape: z.array(z.int()),
  /** float32, in this shape: of each filter the component, its Gabor function and its blob, in one unit. */
  planes: bytes,
  shares,
  /** Filters with stripes or an edge by their direction: around 0, 15, ... 165 degrees. */
  orientations: z.array(z.int()),
});
export type FittedBank = z.infer<typeof fittedBank>;

export const runs = {
  /**
   * Writes a trained network into a file in this folder, an ONNX model or its weights; absent: into the home folder's
   * `packed`, which is served as `/packed/<run>.<format>` where the host serves files.
   */
  save: procedure
    .input(
      z.object({
        run,
        /** Whose name for it is meant; absent: the newest that has it. */
        study: z.string().max(100).optional(),
        format: z.enum(NETWORK_FORMATS),
        folder: z.string().max(4096).optional(),
      }),
    )
    .output(
      z.object({
        file: z.string(),
        /** What the file is called where it is saved. */
        name: z.string(),
        bytes: z.int(),
        /** Whether the mean image is in it; only weights can do without. */
        mean: z.boolean(),
      }),
    ),
  /** The learning curve so far. */
  curve: procedure.input(z.object({ run })).output(
    z.object({
      /** float64 [points, 4]: step, loss, accuracy (a fraction), learning rate; averages since the last point. */
      training: bytes,
      /** float64 [evaluations, 4]: step, loss, correct, total; on the held-out images. */
      heldOut: bytes,
    }),
  ),
  /** The steps that there are first-layer filters of, rising. */
  history: procedure.input(z.object({ run })).output(z.object({ steps: z.array(z.int()) })),
  /** `measured`: whether the filters are measured, which takes main some milliseconds each. */
  filters: procedure.input(z.object({ run, step, measured: z.boolean().default(true) })).output(filtersSchema),
  /** One filter over the whole history, the first step first: float32 [steps, channels, rows, columns]. */
  filterHistory: procedure
    .input(z.object({ run, filter }))
    .output(z.object({ steps: z.array(z.int()), shape: z.array(z.int()), weights: bytes })),
  /** Fourier magnitude of a filter's luminance: float32 [size, size], zero frequency in the centre. */
  fourier: procedure.input(z.object({ run, step, filter })).output(z.object({ size: z.int(), magnitude: bytes })),
  /**
   * What the first layer's filters are, by fitting functions to them: at a step, or at some steps of the history, rising.
   * Takes seconds the first time.
   */
  fits: procedure.input(z.object({ run, at: z.union([step, z.literal('history')]) })).output(
    z.object({
      banks: z.array(fittedBank),
      /** Shares of random filters of the same size in each class, of so many that were fitted, and their seed. */
      untrained: z.object({ shares, filters: z.int(), seed: z.string() }),
      /** Share of its component that a function must explain at the least. */
      least: z.object({ gabor: z.number(), blob: z.number() }),
    }),
  ),
  /**
   * The filters of two networks, each at a step, matched one to one so that they are as alike as they can be, beside matches
   * with untrained networks. Similarities are -1 to 1. Refused where the first layers differ in shape.
   */
  matching: procedure.input(z.object({ first: networkAtStep, second: networkAtStep })).output(
    z.object({
      /** Of each filter of the first network, the filter of the second. */
      matches: z.array(z.int()),
      /** Of these pairs, and of all pairs with untrained networks. */
      similarities: z.array(z.number()),
      untrained: z.array(z.number()),
      mean: z.number(),
      untrainedMean: z.number(),
      /** 0 where they are no more alike than with untrained filters, 1 where the same. */
      generality: z.number(),
      /** Untrained networks that each was matched with. */
      draws: z.int(),
    }),
  ),
};
