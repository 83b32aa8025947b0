import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { predictorsSchema } from '../../common/results/predictors.ts';
import { procedure } from './problems.ts';

const study = z.string().regex(/^[0-9a-f]{12}$/);
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
