import { z } from 'zod';
import { intervalSchema, list } from './intervals.ts';
import { tableSchema } from './tables.ts';

/** What the cheap predictors say of one cut. */
const lookedCutSchema = z
  .object({
    n: z.int(),
    name: z.string(),
    /** Top-1 of a linear probe on images that it was not fitted to, a fraction, with its 95% interval (Wilson). */
    probe: z.number(),
    interval: intervalSchema,
    /** Those of `QUICK_MEASURES` by their ids; null: not defined. */
    measures: z.record(z.string(), z.number().nullable()).readonly(),
    /** Norm of the gradient over norm of the weights of layer n; null: not defined. */
    rgn: z.number().nullable(),
  })
  .readonly();
export type LookedCut = z.infer<typeof lookedCutSchema>;

/** What one pass of a sample of images through a network says of its cuts. */
export const quickLookSchema = z
  .object({
    /** Images of the sample that were read, all of them training images of the set. */
    images: z.object({ train: z.int(), heldOut: z.int() }).readonly(),
    classes: z.int(),
    /** Rows and columns that the network read. */
    inputSize: z.int(),
    cuts: list(lookedCutSchema),
    /** The n worth a study, rising. */
    worth: list(z.int()),
  })
  .readonly();
export type QuickLook = z.infer<typeof quickLookSchema>;

/** A look as it is read. */
export const shownLookSchema = z
  .object({
    look: quickLookSchema,
    /** The cuts worth training and why, in a sentence. */
    advice: z.string(),
    /** What was read, and what was done with it. */
    how: z.string(),
    table: tableSchema,
  })
  .readonly();
export type ShownLook = z.infer<typeof shownLookSchema>;
