import { z } from 'zod';
import { list } from './intervals.ts';
import { predictorPanelSchema } from './predictors.ts';
import { tableSchema } from './tables.ts';

/** Whether the look of layers goes with what their transfer costs, AnB − BnB. */
export const lookSectionSchema = z
  .object({
    sentence: z.string(),
    /** A panel for each measure; the `accuracy` of a point is AnB − BnB, a fraction. */
    panels: list(predictorPanelSchema),
    tables: list(tableSchema),
  })
  .readonly();
export type LookSection = z.infer<typeof lookSectionSchema>;
