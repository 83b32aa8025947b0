import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { halfSchema } from './activity.ts';
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

/** Cheap predictors of transferability, compared with what a study measured. */
export const predictorsSchema = z.object({
  /**
   * How many transfers the study has. `measured`: those with predictors; `waiting`: those whose predictors can be
   * computed.
   */
  transfers: z.int(),
  measured: z.int(),
  waiting: z.int(),
  /** Why the predictors of other transfers can't be computed. */
  problems: list(z.string()),
  /** Sentences that say which predictors agree with the measured accuracies. */
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
  /** Computes the missing predictors. Yields progress. Closing the stream stops it; what is done is kept. */
  predict: procedure.input(z.object({ study })).output(eventIterator(predictionProgressSchema)),
};
