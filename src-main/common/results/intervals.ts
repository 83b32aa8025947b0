import { z } from 'zod';

/** A read-only array, as all results are. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** A two-sided interval around an estimate, in the estimate's own unit. */
export const intervalSchema = z.object({ low: z.number(), high: z.number() }).readonly();
export type Interval = z.infer<typeof intervalSchema>;

/**
 * Where an interval comes from. `replicates`: Student's t over replicates, so it covers splits and seeds.
 * `held-out images`: one replicate only, a binomial interval of the held-out sample; it says nothing about other
 * splits or seeds.
 */
export const intervalSourceSchema = z.enum(['replicates', 'held-out images']);
export type IntervalSource = z.infer<typeof intervalSourceSchema>;
