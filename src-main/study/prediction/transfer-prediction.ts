import { z } from 'zod';
import { LAYER_MEASURES } from '../../predictors/predictors.ts';

const value = z.number().nullable();

/**
 * What the cheap predictors say of one transfer, before anything was trained on the target: stored as JSON, by the runs
 * whose weights it comes from. `diverged`: one of the two bases puts out what is not a number.
 */
export const predictionSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('measured'),
    /** Of the rules by which the numbers are made. */
    version: z.literal(1),
    images: z.strictObject({ train: z.int().positive(), heldOut: z.int().positive() }),
    /** Of the whole source network. Null: not defined. */
    leep: value,
    /** n = 1, 2 ... */
    layers: z.array(
      z.strictObject({
        n: z.int().positive(),
        features: z.int().positive(),
        values: z.record(z.enum(LAYER_MEASURES), value),
      }),
    ),
  }),
  z.strictObject({ state: z.literal('diverged'), version: z.literal(1), base: z.enum(['source', 'own']) }),
]);

export type Prediction = z.infer<typeof predictionSchema>;
export type MeasuredPrediction = Extract<Prediction, { state: 'measured' }>;

/** Stored JSON; undefined where it is of other rules, or damaged: then it is worked out again. */
export function readPrediction(facts: string): Prediction | undefined {
  try {
    return predictionSchema.safeParse(JSON.parse(facts)).data;
  } catch {
    return undefined;
  }
}
