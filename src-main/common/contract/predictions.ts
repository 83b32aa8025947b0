import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { predictorsSchema } from '../results/predictors.ts';
import { procedure } from './procedure.ts';

const study = z.string().regex(/^[0-9a-f]{12}$/);
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
