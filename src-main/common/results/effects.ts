import { z } from 'zod';
import { halfSchema, treatmentKindSchema } from '../treatments/schema.ts';
import { intervalSchema, intervalSourceSchema, list } from './intervals.ts';

/** What the paper reads off its curves, each a difference of two of them (study/results/effects.ts). */
const effectNameSchema = z.enum([
  'fragile co-adaptation',
  'representation specificity',
  'generalisation boost',
  'generalisation boost over selffer',
  'selffer recovery',
  'transfer over random',
]);
export type EffectName = z.infer<typeof effectNameSchema>;

const difference = {
  /** Mean difference in points of top-1 (hundredths). */
  points: z.number(),
  interval: intervalSchema,
  how: intervalSourceSchema,
  /** Pairs of runs compared: the same replicate, target half and n. */
  pairs: z.int(),
  replicates: z.int(),
  /** Independent differences behind the interval: of splits, or of the seeds of one split. */
  units: z.int(),
};
export const differenceSchema = z.object(difference).readonly();

export const effectPointSchema = z.object({ n: z.int(), ...difference }).readonly();
export type EffectPoint = z.infer<typeof effectPointSchema>;

export const effectCurveSchema = z
  .object({
    effect: effectNameSchema,
    /** `AnB − BnB`: the difference in the paper's names. */
    difference: z.string(),
    target: halfSchema,
    /** Rising n; an n without a complete pair is absent. */
    points: list(effectPointSchema),
  })
  .readonly();
export type EffectCurve = z.infer<typeof effectCurveSchema>;

/**
 * A treatment that the paper doesn't have against one that it varies, in points of top-1
 * (study/statements/variants.ts).
 */
export const variantCurveFields = {
  /** `adapters over frozen`; the difference says which. */
  effect: z.string(),
  kind: treatmentKindSchema,
  against: treatmentKindSchema,
  /** `AnB~4 − AnB` */
  difference: z.string(),
  target: halfSchema,
  /** Rising n; an n without a complete pair is absent. */
  points: list(effectPointSchema),
};
export type VariantCurve = Readonly<z.infer<z.ZodObject<typeof variantCurveFields>>>;

/** A treatment's difference from its own base, beside the same of the paper's networks. */
export const comparisonFields = {
  kind: treatmentKindSchema,
  /** `AnB` */
  name: z.string(),
  own: list(effectPointSchema),
  paper: list(effectPointSchema),
};
export type Comparison = Readonly<z.infer<z.ZodObject<typeof comparisonFields>>>;
