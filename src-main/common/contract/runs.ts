import { z } from 'zod';
import {
  blobSchema,
  componentSchema,
  filterClassSchema,
  gaborSchema,
  masterFormSchema,
  nullNameSchema,
  odditySchema,
  opponentAxisSchema,
} from '../results/filters.ts';
import { MOST_ASKED, SAVED_FORMATS } from '../choices.ts';
import { bytes, procedure } from './procedure.ts';

const run = z.string().regex(/^[0-9a-f]{64}$/);
/** A step of the history, or `latest`: the newest filters of a run under way, otherwise its final weights. */
const step = z.union([z.literal('latest'), z.int().nonnegative()]);
/** A layer that `filterLayers` lists; absent: the first. */
const layer = z.string().min(1).max(200).optional();
const networkAtStep = z.object({ run, step, layer });
const filter = z.int().nonnegative().max(65_535);

/** The measures of a filter. Angles are in degrees. */
const filterMeasures = z.object({
  /** Square root of the sum of squared weights. */
  norm: z.number(),
  /** Direction of its stripes in [0, 180), counter-clockwise from horizontal; null if none is dominant. */
  orientation: z.number().nullable(),
  /** Cycles per pixel. */
  frequency: z.number().nullable(),
  /** Share of its energy that is off the grey axis, 0..1. */
  colour: z.number(),
  hue: z.number().nullable(),
  /** Why there is nothing to measure on it; null for most filters. */
  oddity: odditySchema.nullable(),
});
export type FilterMeasures = z.infer<typeof filterMeasures>;

const filtersSchema = z.object({
  step: z.int(),
  /** [filters, channels, rows, columns] */
  shape: z.array(z.int()),
  /** float32, in this shape. */
  weights: bytes,
  /** The measures of each filter; empty if they were not asked for. */
  measures: z.array(filterMeasures),
});

const shares = z.record(filterClassSchema, z.number());

/** A filter's class, and the functions fitted to its dominant component. Angles are in degrees, lengths in pixels. */
const filterFit = z.object({
  class: filterClassSchema,
  component: componentSchema,
  /** The axis of colour opponency that it varies along. */
  axis: opponentAxisSchema,
  /** Share of the filter's energy that is in the component, 0..1. */
  share: z.number(),
  gabor: gaborSchema,
  blob: blobSchema,
});
export type FilterFit = z.infer<typeof filterFit>;

const fittedBank = z.object({
  step: z.int(),
  filters: z.array(filterFit),
  /** Channels that each filter reads. */
  channels: z.int(),
  /** [filters, 3, rows, columns] */
  shape: z.array(z.int()),
  /** float32, in this shape: the component of each filter, its Gabor function and its blob, in the same unit. */
  planes: bytes,
  shares,
  /** How many filters with stripes or an edge have a direction around 0, 15, ... 165 degrees. */
  orientations: z.array(z.int()),
});
export type FittedBank = z.infer<typeof fittedBank>;

/** Filters that lack what one asks about, classified like those of the bank. */
const nullFilters = z.object({
  name: nullNameSchema,
  filters: z.int(),
  seed: z.string(),
  shares,
  /** The Gabor function that fits each best: widths across and along its stripes, in cycles. */
  plane: z.array(z.object({ nx: z.number(), ny: z.number() })),
});
export type NullFit = z.infer<typeof nullFilters>;

/** How near depthwise filters are to the eight master filters (filters/master-filters.ts), and their nulls. */
const masterSummary = { share: z.number(), mean: z.number() };
const master = z.object({
  ...masterSummary,
  /** The form nearest to each filter, and the share of its variance that it explains. */
  matches: z.array(z.object({ form: masterFormSchema, explained: z.number() })),
  nulls: z.array(z.object({ name: nullNameSchema, ...masterSummary })),
});
export type MasterFit = z.infer<typeof master>;

/** A layer whose filters can be looked at: the stem, or a depthwise one. */
const filterLayer = z.object({
  layer: z.string(),
  depthwise: z.boolean(),
  /** [filters, channels, rows, columns] */
  shape: z.array(z.int()),
});
export type FilterLayer = z.infer<typeof filterLayer>;

export const runs = {
  /**
   * Writes a trained network to a file, as an ONNX model or its weights alone. Without a folder, the file goes to the
   * home folder's `packed`, which the browser host serves as `/packed/<run>.<format>`.
   */
  save: procedure
    .input(
      z.object({
        run,
        /** The study whose name for the network is used; absent: the newest study that has it. */
        study: z.string().max(100).optional(),
        format: z.enum(SAVED_FORMATS),
        /** Whether to train it again on all images, the held-out ones too, which takes as long as a training. */
        allImages: z.boolean().optional(),
        folder: z.string().max(4096).optional(),
      }),
    )
    .output(
      z.object({
        file: z.string(),
        /** The name under which the file is saved. */
        name: z.string(),
        bytes: z.int(),
        /** Whether the mean image is in it. Only a file of weights can be without it. */
        mean: z.boolean(),
      }),
    ),
  /** Asks a trained network about images. Those that can't be decoded are listed with the reason. */
  ask: procedure
    .input(
      z.object({
        run,
        /** Absolute paths; uploads are removed afterwards. */
        images: z.array(z.string().min(1).max(4096)).min(1).max(MOST_ASKED),
      }),
    )
    .output(
      z.object({
        answers: z.array(
          z.object({
            name: z.string(),
            /** The most probable classes, falling. */
            classes: z.array(z.object({ name: z.string(), probability: z.number() })),
          }),
        ),
        problems: z.array(z.object({ name: z.string(), reason: z.string() })),
      }),
    ),
  /** The learning curve so far. */
  curve: procedure.input(z.object({ run })).output(
    z.object({
      /** float64 [points, 4]: step, loss, accuracy (a fraction) and learning rate, averaged since the last point. */
      training: bytes,
      /** float64 [evaluations, 4]: step, loss, correct and total on the held-out images. */
      heldOut: bytes,
    }),
  ),
  /** The steps that there are first-layer filters of, ascending. */
  history: procedure.input(z.object({ run })).output(z.object({ steps: z.array(z.int()) })),
  /** The layers of a training, or of an opened file, whose filters can be looked at, from below. */
  filterLayers: procedure.input(z.object({ run })).output(z.object({ layers: z.array(filterLayer) })),
  /**
   * Opens a network's file, whose filters can then be looked at under its key like those of a training, until others are
   * opened. A file that a browser sent is deleted.
   */
  openFilters: procedure
    .input(z.object({ file: z.string().min(1).max(4096) }))
    .output(z.object({ run, name: z.string(), layers: z.array(filterLayer) })),
  /** The filters at a step. `measured`: whether to measure them, which takes some milliseconds per filter. */
  filters: procedure.input(z.object({ run, step, layer, measured: z.boolean().default(true) })).output(filtersSchema),
  /** A filter over the whole history, float32 [steps, channels, rows, columns]. */
  filterHistory: procedure
    .input(z.object({ run, filter }))
    .output(z.object({ steps: z.array(z.int()), shape: z.array(z.int()), weights: bytes })),
  /** The Fourier magnitude of a filter's luminance, float32 [size, size], with the zero frequency in the centre. */
  fourier: procedure
    .input(z.object({ run, step, layer, filter }))
    .output(z.object({ size: z.int(), magnitude: bytes })),
  /**
   * Fits functions to a layer's filters and classifies them, at a step, or at some steps of the history, ascending. Takes
   * seconds the first time.
   */
  fits: procedure.input(z.object({ run, layer, at: z.union([step, z.literal('history')]) })).output(
    z.object({
      banks: z.array(fittedBank),
      /** The share of each class among random filters of the same size; `filters` is their number. */
      untrained: z.object({ shares, filters: z.int(), seed: z.string() }),
      /** What the bank of a single step is held against; none for a history. */
      nulls: z.array(nullFilters),
      /** Only where each filter reads one channel, at a single step. */
      master: master.optional(),
      /** By how much a function must beat noise, in units of BIC. */
      least: z.number(),
    }),
  ),
  /**
   * Matches the filters of two networks, each at a step, one to one so that they are as similar as possible, and those
   * of each with untrained networks. Similarities are -1 to 1. Refused if the first layers differ in shape.
   */
  matching: procedure.input(z.object({ first: networkAtStep, second: networkAtStep })).output(
    z.object({
      /** For each filter of the first network, the filter of the second. */
      matches: z.array(z.int()),
      /** The similarities of these pairs. `untrained`: those of all pairs with untrained networks. */
      similarities: z.array(z.number()),
      untrained: z.array(z.number()),
      mean: z.number(),
      untrainedMean: z.number(),
      /** 0 if they are no more similar than to untrained filters, 1 if they are the same. */
      generality: z.number(),
      /** How many untrained networks each was matched with. */
      draws: z.int(),
    }),
  ),
};
