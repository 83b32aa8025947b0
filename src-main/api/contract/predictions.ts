import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { halfSchema } from '../../study/treatment-schema.ts';
import { procedure } from './problems.ts';
import { tableSchema } from './tables.ts';

const study = z.string().regex(/^[0-9a-f]{12}$/);
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

const panel = z.object({
  title: z.string(),
  correlation: z.string(),
  points: list(
    z.object({ replicate: z.int(), target: halfSchema, n: z.int(), value: z.number(), accuracy: z.number() }),
  ),
});

/** Cheap predictors of transferability, held against what a study measured. */
export const predictorsSchema = z.object({
  /** Transfers of the study, those whose predictors are worked out, and those whose can be. */
  transfers: z.int(),
  measured: z.int(),
  waiting: z.int(),
  /** Why others can't be. */
  problems: list(z.string()),
  /** Which cheap number would have told. */
  findings: list(z.string()),
  chart: z.object({ kind: z.enum(['transfer', 'transfer+']), panels: list(panel) }),
  tables: list(tableSchema),
});
export type Predictors = z.infer<typeof predictorsSchema>;

export const predictionProgressSchema = z.object({
  /** 0..1 */
  fraction: z.number(),
  doing: z.string(),
});
export type PredictionProgress = z.infer<typeof predictionProgressSchema>;

export const predictions = {
  predictors: procedure.input(z.object({ study })).output(predictorsSchema),
  /** Works out what is not yet, in the background; ends when all is done. To stop listening stops it; what is done stays. */
  predict: procedure.input(z.object({ study })).output(eventIterator(predictionProgressSchema)),
};
