import { z } from 'zod';

const splitOf = (classNames: z.ZodType<readonly string[]>) =>
  z.discriminatedUnion('kind', [
    /** Random halves; `classes` caps how many classes take part (drawn by the same seed). */
    z.strictObject({ kind: z.literal('random'), classes: z.int().min(4).optional() }).readonly(),
    /** A = the classes of these groups, B = of those; both are cut to equal numbers (drawn by seed) unless `unequal`. */
    z
      .strictObject({ kind: z.literal('groups'), a: classNames, b: classNames, unequal: z.boolean().optional() })
      .readonly(),
    /** Given lists, kept whole. */
    z.strictObject({ kind: z.literal('lists'), a: classNames, b: classNames }).readonly(),
  ]);

/** How the classes of a study are split into halves; stored in the protocol. */
export const splitSchema = splitOf(z.array(z.string().min(1)).min(1).readonly());
export type SplitSpec = z.infer<typeof splitSchema>;

/** The same as a page may send it. */
export const requestedSplitSchema = splitOf(z.array(z.string().min(1).max(1000)).min(1).max(65_535).readonly());

/**
 * A pretrained network that replaces baseA: the hash of its weights, the name of their file, and how many layers fit.
 */
export const pretrainedSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().min(1).max(200),
  layers: z.int().min(1),
});
export type Pretrained = z.infer<typeof pretrainedSchema>;
