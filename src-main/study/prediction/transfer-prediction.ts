import { z } from 'zod';
import { LAYER_MEASURES } from '../../predictors/predictors.ts';

const value = z.number().nullable();

/**
 * The cheap predictors of one transfer, stored as JSON under the runs whose weights they come from. `diverged`: one
 * of the two bases has outputs that are not numbers.
 */
export const predictionSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('measured'),
    /** The version of the rules by which the numbers are computed. */
    version: z.literal(2),
    images: z.strictObject({ train: z.int().positive(), heldOut: z.int().nonnegative() }),
    /** LEEP of the whole source network. Null: not defined. */
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
  z.strictObject({ state: z.literal('diverged'), version: z.literal(2), base: z.enum(['source', 'own']) }),
]);

export type Prediction = z.infer<typeof predictionSchema>;
export type MeasuredPrediction = Extract<Prediction, { state: 'measured' }>;

/** Reads stored JSON. Undefined if it is of another version or damaged; it is then computed again. */
export function readPrediction(facts: string): Prediction | undefined {
  try {
    return predictionSchema.safeParse(JSON.parse(facts)).data;
  } catch {
    return undefined;
  }
}
