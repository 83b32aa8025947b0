import { z } from 'zod';

/** The classes of filters, in the order in which they are listed. */
export const FILTER_CLASSES = [
  ...(['gabor', 'edge', 'colour blob', 'grey blob', 'grating', 'plaid', 'checkerboard'] as const),
  ...(['unclear', 'noise', 'dead'] as const),
] as const;
export const filterClassSchema = z.enum(FILTER_CLASSES);
export type FilterClass = z.infer<typeof filterClassSchema>;

/**
 * What a bank's filters are held against: white noise, noise with the bank's power spectrum, and the bank's own filters
 * with their phases shuffled (filters/fit/nulls.ts).
 */
export const NULL_NAMES = ['white', 'smoothed', 'shuffled'] as const;
export const nullNameSchema = z.enum(NULL_NAMES);
export type NullName = z.infer<typeof nullNameSchema>;

/**
 * Why there is nothing to measure on a filter. `not finite`: some of its weights are not numbers, for example because
 * the training diverged. `zero`: all of them are 0, so it responds to nothing. `constant`: all weights of each
 * channel are the same, so it responds to plain colour, whatever the pattern.
 */
export const odditySchema = z.enum(['not finite', 'zero', 'constant']);
export type Oddity = z.infer<typeof odditySchema>;

/** The part of a filter that functions are fitted to. */
export const componentSchema = z.enum(['luminance', 'colour']);
export type FilterComponent = z.infer<typeof componentSchema>;

/** Axes of colour opponency in first layers (Rafegas and Vanrell 2018, Vision Research 151:7). */
export const OPPONENT_AXES = ['black–white', 'red–cyan', 'yellow–blue', 'green–magenta'] as const;
export const opponentAxisSchema = z.enum(OPPONENT_AXES);
export type OpponentAxis = z.infer<typeof opponentAxisSchema>;

/** The forms of the eight master filters of depthwise layers (filters/master-filters.ts). */
export const MASTER_FORMS = [
  ...(['difference upwards', 'difference to the left', 'difference downwards', 'difference to the right'] as const),
  ...(['slope across', 'slope upwards', 'pixel against its surround', 'Gaussian'] as const),
] as const;
export const masterFormSchema = z.enum(MASTER_FORMS);
export type MasterForm = z.infer<typeof masterFormSchema>;

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
    /**
     * The distance from the middle at which it has fallen to exp(-1/2) of its value there, in pixels; for a single
     * Gaussian, its standard deviation.
     */
    width: z.number(),
    /** Share of the plane's sum of squares, around zero, that the function accounts for: 0 to 1. */
    explained: z.number(),
  })
  .readonly();
export type BlobFunction = z.infer<typeof blobSchema>;
