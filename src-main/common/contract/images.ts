import { z } from 'zod';
import { suspectsSchema } from '../health.ts';
import { importReadingSchema } from './import-reading.ts';
import { bytes, procedure } from './procedure.ts';

const set = z.string().regex(/^[0-9a-f]{16}$/);
const className = z.string().min(1).max(1000);
/** Rows and columns of a picture to look at. */
const pictureSize = z.int().min(8).max(256);

/** What a person chose, by the id of the choice (import-reading.ts). */
const answers = z.record(z.string().max(1000), z.string().max(1000));

const imageSetSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Rows and columns of every image. */
  size: z.int(),
  classes: z.int(),
  trainImages: z.int(),
  heldOutImages: z.int(),
  source: z.string(),
  created: z.string(),
  builtIn: z.boolean(),
  /** How many studies use it. */
  studies: z.int(),
});
export type ImageSetSummary = z.infer<typeof imageSetSchema>;

const imageSetDetailsSchema = imageSetSchema.extend({
  /** The classes in label order. */
  byClass: z.array(z.object({ name: z.string(), group: z.string().nullable(), train: z.int(), heldOut: z.int() })),
  /** The first thousand files that were left out. `rejected` is the number of all. */
  rejects: z.array(z.object({ file: z.string(), reason: z.string() })),
  rejected: z.int(),
  duplicates: z.int(),
  heldOut: z.enum(['given', 'drawn']),
});
export type ImageSetDetails = z.infer<typeof imageSetDetailsSchema>;

const healthSchema = z.object({
  findings: z.array(z.object({ id: z.string(), serious: z.boolean(), what: z.string(), todo: z.string().optional() })),
  /** How nearly equal is nearly equal. */
  nearlyEqual: z.string(),
  pairs: z.int(),
  complete: z.boolean(),
  /** Training images that nearly equal a held-out one. */
  leaking: z.int(),
  /** The first pairs, with the classes and parts of both images. */
  shown: z.array(
    z.object({
      first: z.int(),
      second: z.int(),
      classes: z.array(z.string()).length(2),
      heldOut: z.array(z.boolean()).length(2),
      mirrored: z.boolean(),
    }),
  ),
});

/** Pictures one after the other, [pictures, size, size, 3] bytes, red first. */
const pictures = z.object({ size: z.int(), pixels: bytes });

/** The file of an image in what was imported; null where no name is kept (data/packed/file-names.ts). */
const file = z.string().nullable();

const classDescriptionSchema = z.object({
  class: className,
  /** What it is to be called. Classes of one name become one. */
  name: className.refine((name) => name === name.trim(), 'has spaces at its ends'),
  /** Empty: none. */
  group: z.string().max(1000),
});
export type ClassDescription = z.infer<typeof classDescriptionSchema>;

export const images = {
  /** All image sets, the newest first. */
  list: procedure.output(z.array(imageSetSchema)),
  details: procedure.input(z.object({ set })).output(imageSetDetailsSchema),
  /**
   * A part of the wall of thumbnails: of the images of a class, or of all class by class, those at the positions
   * first..first+count-1. They are scaled down to `size` if they are larger.
   */
  wall: procedure
    .input(
      z.object({
        set,
        class: className.nullable(),
        first: z.int().nonnegative(),
        count: z.int().min(1).max(512),
        size: pictureSize,
      }),
    )
    .output(
      pictures.extend({
        /** How many images the class has, or the set. */
        total: z.int(),
        images: z.array(z.object({ image: z.int(), label: z.int(), heldOut: z.boolean(), file })),
      }),
    ),
  /** The first `perClass` training images of each of these classes, in this order; missing ones are grey. */
  samples: procedure
    .input(
      z.object({
        set,
        classes: z.array(className).min(1).max(128),
        perClass: z.int().min(1).max(8),
        size: pictureSize,
      }),
    )
    .output(pictures),
  /**
   * What of a set a result depends on (common/health.ts), and some pairs of nearly equal images. Null where it was not measured
   * yet, unless it is to be measured now.
   */
  health: procedure.input(z.object({ set, measure: z.boolean() })).output(healthSchema.nullable()),
  /** Images whose labels may be wrong, by the bases of the newest study of the set. */
  suspects: procedure.input(z.object({ set })).output(suspectsSchema.extend({ sentence: z.string() })),
  /** Stores a set again without the training images that nearly equal a held-out one. */
  leaveOutLeaks: procedure.input(z.object({ set })).output(z.object({ set: z.string() })),
  /**
   * Gives classes of a set other groups or names; what is not named stays. Other names make another set, which stands in the place
   * of this one where no study uses that.
   */
  describe: procedure
    .input(z.object({ set, classes: z.array(classDescriptionSchema).max(65_536) }))
    .output(z.object({ set: z.string() })),
  /** Images given by number. */
  pictures: procedure
    .input(z.object({ set, images: z.array(z.int().nonnegative()).min(1).max(128), size: pictureSize }))
    .output(pictures.extend({ files: z.array(file) })),
  /**
   * Held-out images of some classes, given by their places among all held-out images of these, with their numbers in the set.
   */
  heldOut: procedure
    .input(
      z.object({
        set,
        classes: z.array(className).min(1).max(65_536),
        positions: z.array(z.int().nonnegative()).min(1).max(128),
        size: pictureSize,
      }),
    )
    .output(pictures.extend({ images: z.array(z.int()), files: z.array(file) })),
  /** What an import of a folder or archive would do, and the first pictures of some of its classes. */
  readImport: procedure.input(z.object({ path: z.string().min(1).max(4096), answers })).output(
    z.object({
      reading: importReadingSchema,
      /** [classes, perClass] pictures; missing ones are grey. Null where nothing can be imported yet. */
      pictures: pictures.extend({ classes: z.int(), perClass: z.int() }).nullable(),
    }),
  ),
  /** Removes an upload that was read and is not to be imported. */
  discardUpload: procedure.input(z.object({ path: z.string().min(1).max(4096) })),
  /** Begins an import, whose progress is in `home.watch`. */
  import: procedure
    .input(
      z.object({
        path: z.string().min(1).max(4096),
        size: z.int().min(4).max(512),
        name: z.string().max(200).optional(),
        answers: answers.optional(),
      }),
    )
    .output(z.object({ import: z.int() })),
  /** Begins to make the built-in images, `train` and `heldOut` of each of their twenty classes. */
  makeDeadLeaves: procedure
    .input(
      z.object({ size: z.int().min(8).max(256), train: z.int().min(10).max(5000), heldOut: z.int().min(10).max(1000) }),
    )
    .output(z.object({ import: z.int() })),
  cancelImport: procedure.input(z.object({ import: z.int() })),
  /** Removes an import that has ended from the list. */
  dismissImport: procedure.input(z.object({ import: z.int() })),
  /** Deletes a set; `bin` has it for KEPT_DAYS. Refused while a study uses it. */
  remove: procedure.input(z.object({ set })),
};
