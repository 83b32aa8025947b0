import { z } from 'zod';

/** A read-only array, as all results are. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** A two-sided interval around an estimate, in the estimate's own unit. */
export const intervalSchema = z.object({ low: z.number(), high: z.number() }).readonly();
export type Interval = z.infer<typeof intervalSchema>;

/**
 * What an interval covers. `splits`: Student's t over the means of the splits, so other splits of these classes, and
 * other seeds. `seeds of one split`: Student's t over seeds, so other seeds, but neither other splits nor other images.
 * `held-out images`: one replicate only, an interval of the held-out sample; nothing about other splits or seeds.
 */
export const intervalSourceSchema = z.enum(['splits', 'seeds of one split', 'held-out images']);
export type IntervalSource = z.infer<typeof intervalSourceSchema>;
