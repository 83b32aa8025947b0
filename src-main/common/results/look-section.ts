import { z } from 'zod';
import { intervalSchema, list } from './intervals.ts';
import { predictorPanelSchema } from './predictors.ts';
import { tableSchema } from './tables.ts';

/** Whether the look of layers goes with what their transfer costs, AnB − BnB. */
export const lookSectionSchema = z
  .object({
    sentence: z.string(),
    /** A panel for each measure; the `accuracy` of a point is AnB − BnB, a fraction. */
    panels: list(predictorPanelSchema),
    /** Pearson's r of a measure at steps of the bases with AnB − BnB at the end, over layers; empty where too few are known. */
    overSteps: list(
      z.object({ measure: z.string(), step: z.number(), r: z.number(), interval: intervalSchema }).readonly(),
    ),
    tables: list(tableSchema),
  })
  .readonly();
export type LookSection = z.infer<typeof lookSectionSchema>;
