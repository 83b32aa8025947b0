import { z } from 'zod';

/** A read-only array, as all results are. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** A two-sided interval around an estimate, in the estimate's own unit. */
export const intervalSchema = z.object({ low: z.number(), high: z.number() }).readonly();
export type Interval = z.infer<typeof intervalSchema>;

/**
 * What an interval covers. `splits`: Student's t over the means of the splits, so other splits of these classes, and
 * other seeds. `seeds of one split`: Student's t over seeds, so other seeds, but neither other splits nor other images.
 * `same images`: one replicate, two networks compared image by image; these two on such images, nothing about other splits or
 * seeds. `held-out images`: one replicate, an interval of the held-out sample, and of a difference as if each network had a sample
 * of its own; nothing about other splits or seeds.
 */
export const intervalSourceSchema = z.enum(['splits', 'seeds of one split', 'same images', 'held-out images']);
/** Whether an interval is of a single replicate. */
export const isOfImages = (how: IntervalSource): boolean => how === 'same images' || how === 'held-out images';
export type IntervalSource = z.infer<typeof intervalSourceSchema>;
