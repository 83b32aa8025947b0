import { z } from 'zod';
import { halfSchema, networkKindSchema } from '../treatments/schema.ts';
import { differenceSchema } from './effects.ts';
import { intervalSchema, intervalSourceSchema, list } from './intervals.ts';

/** Runs of one treatment taken together. */
const tested = {
  /** Mean top-1 accuracy, a fraction. */
  accuracy: z.number(),
  /** Mean balanced accuracy, where classes are of unequal size and answers to single images are stored. */
  balanced: z.number().nullable(),
  runs: z.int(),
  replicates: z.int(),
  /** Independent values behind the interval: splits, or the seeds of one split. */
  units: z.int(),
  interval: intervalSchema,
  how: intervalSourceSchema,
};

const accuracyPointSchema = z.object({ n: z.int(), ...tested }).readonly();
export type AccuracyPoint = z.infer<typeof accuracyPointSchema>;

/** A single run. */
const runDotSchema = z
  .object({ name: z.string(), n: z.int(), replicate: z.int(), target: halfSchema, accuracy: z.number() })
  .readonly();

export const accuracyCurveSchema = z
  .object({
    /** `baseB`, `BnB`, `AnB+` ... as in the paper. */
    name: z.string(),
    kind: networkKindSchema,
    target: halfSchema,
    /** Rising n; an n without a finished run is absent. */
    points: list(accuracyPointSchema),
    /** The single runs behind the points. */
    dots: list(runDotSchema),
  })
  .readonly();
export type AccuracyCurve = z.infer<typeof accuracyCurveSchema>;

/** Images of each target class. Null: below the fewest, or beyond the most, that were measured. */
const crossoverRangeSchema = z.object({ low: z.number().nullable(), high: z.number().nullable() }).readonly();
export type CrossoverRange = z.infer<typeof crossoverRangeSchema>;

/**
 * Where training from scratch catches up with a treatment: the smallest number of images of each target class from which on
 * the treatment is no longer ahead at any greater number that was measured.
 *
 * - `crossed`: at `examples`, between two measured numbers, on a straight line over log k
 * - `still ahead`: not within the measured numbers; the treatment is ahead with the most images
 * - `never ahead`: the treatment was ahead at no measured number
 */
const crossoverSchema = z
  .object({
    state: z.enum(['crossed', 'still ahead', 'never ahead']),
    /** Images of each target class; null unless crossed. */
    examples: z.number().nullable(),
    /** The 95% range of it; null with fewer than three replicates. */
    range: crossoverRangeSchema.nullable(),
  })
  .readonly();
export type Crossover = z.infer<typeof crossoverSchema>;

const examplePointSchema = z
  .object({
    /** Training images of each target class, k; for all images, the mean over the classes. */
    examples: z.number(),
    /** Whether those are all that the study uses. */
    all: z.boolean(),
    ...tested,
    /**
     * The treatment minus training from scratch on the same k images, points of top-1, paired by replicate; null
     * without pairs.
     */
    gain: differenceSchema.nullable(),
    /** The single networks behind the mean. */
    dots: list(runDotSchema),
  })
  .readonly();
export type ExamplePoint = z.infer<typeof examplePointSchema>;

/** A treatment at one n, or the base trained from scratch, against the number of images of each target class. */
export const exampleCurveFields = {
  /** `A3B+`, `baseB` */
  name: z.string(),
  /** `AnB+`, `baseB` */
  curve: z.string(),
  kind: networkKindSchema,
  n: z.int(),
  target: halfSchema,
  /** Rising k; a k without a finished run is absent. */
  points: list(examplePointSchema),
  /** Where training from scratch catches up; null for training from scratch itself, and if nothing can be compared. */
  crossover: crossoverSchema.nullable(),
};
export type ExampleCurve = Readonly<z.infer<z.ZodObject<typeof exampleCurveFields>>>;

/** Training loss and accuracy, averaged over the steps since the last point. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
}

/**
 * What a trained network says of each held-out image: the label of its class, and the one that the network gives it. Labels are
 * positions among the classes that it learned; images are in the order of their numbers in the set.
 */
export interface HeldOutAnswers {
  readonly labels: Uint16Array;
  readonly answers: Uint16Array;
}

/** A test on all held-out images after a step. */
export interface EvaluationPoint {
  readonly step: number;
  readonly loss: number;
  readonly correct: number;
  readonly total: number;
}
