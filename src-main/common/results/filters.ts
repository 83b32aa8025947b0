import { z } from 'zod';

/** What a filter is, in the order in which they are named. */
export const FILTER_CLASSES = ['gabor', 'edge', 'colour blob', 'grey blob', 'noise', 'dead'] as const;
export const filterClassSchema = z.enum(FILTER_CLASSES);
export type FilterClass = z.infer<typeof filterClassSchema>;

/**
 * What makes a filter one that nothing can be said of but this. `not finite`: some of its weights are no numbers, as where a
 * training diverged. `zero`: all of them are 0, and it answers to nothing. `constant`: in each channel all are the same, and
 * it answers to plain colour, whatever the pattern.
 */
export const odditySchema = z.enum(['not finite', 'zero', 'constant']);
export type Oddity = z.infer<typeof odditySchema>;

/** The part of a filter that functions are fitted to. */
export const componentSchema = z.enum(['luminance', 'colour']);
export type FilterComponent = z.infer<typeof componentSchema>;

/** A Gabor function (filters/fit/gabor.ts has the formula), in pixels from the filter's middle, to the right and upwards. */
export const gaborSchema = z
  .object({
    /** Degrees: direction of its stripes, 0 = horizontal, counter-clockwise, in [0, 180). */
    orientation: z.number(),
    /** Cycles per pixel. */
    frequency: z.number(),
    /** Degrees in (-180, 180]: 0 has a bright stripe in its centre, 180 a dark one, 90 and -90 an edge. */
    phase: z.number(),
    /** Standard deviation of the envelope along the stripes and across them, in pixels. */
    along: z.number(),
    across: z.number(),
    /** Centre. */
    x: z.number(),
    y: z.number(),
    /** Share of the plane's sum of squares, around zero, that the function accounts for: 0 to 1. */
    explained: z.number(),
  })
  .readonly();
export type GaborFunction = z.infer<typeof gaborSchema>;

/** A round blob with a surround (filters/fit/blob.ts), in the same pixels. */
export const blobSchema = z
  .object({
    x: z.number(),
    y: z.number(),
    /** How far from the middle it has fallen to exp(-1/2) of what it is there, in pixels: of a single Gaussian, its deviation. */
    width: z.number(),
    /** Share of the plane's sum of squares, around zero, that the function accounts for: 0 to 1. */
    explained: z.number(),
  })
  .readonly();
export type BlobFunction = z.infer<typeof blobSchema>;
