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
    /** No halves, as A is not of this set: B is the whole set, or these of its classes. */
    z.strictObject({ kind: z.literal('whole'), classes: classNames.optional() }).readonly(),
  ]);

/** How the classes of a study are split into halves; stored in the protocol. */
export const splitSchema = splitOf(z.array(z.string().min(1)).min(1).readonly());
export type SplitSpec = z.infer<typeof splitSchema>;

/** One that makes halves. */
export type HalvesSpec = Exclude<SplitSpec, { kind: 'whole' }>;

/** The same as a page may send it. */
export const requestedSplitSchema = splitOf(z.array(z.string().min(1).max(1000)).min(1).max(65_535).readonly());

/**
 * The last layer of a file's network: how many classes it tells apart, 0 where the file has none, and their names in its order,
 * where the file has them.
 */
const headSchema = z.strictObject({
  classes: z.int().min(0).max(65_535),
  names: z.array(z.string().max(1000)).max(65_535).readonly().optional(),
});
export type PretrainedHead = z.infer<typeof headSchema>;

/**
 * A pretrained network that replaces baseA: the hash of its weights, the name of their file, and how many layers fit. With
 * `head` the study's network is the file's own, and all of its weights are there.
 */
export const pretrainedSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().min(1).max(200),
  layers: z.int().min(1),
  head: headSchema.optional(),
  /** What the file was recognised as: `resnet18 (torchvision's names)`. */
  origin: z.string().max(200).optional(),
  /** As the file gives it. */
  licence: z.string().max(200).optional(),
});
export type Pretrained = z.infer<typeof pretrainedSchema>;

const counts = z.array(z.int().nonnegative()).readonly();
/** An image set that baseA is trained on instead of half A, with what plans need to know of it. */
export const sourceSetSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  size: z.int().positive(),
  classes: z.array(z.string()).min(2).readonly(),
  trainCounts: counts,
  heldOutCounts: counts,
});
export type SourceSet = z.infer<typeof sourceSetSchema>;
