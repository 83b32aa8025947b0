import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { bytes, procedure } from './procedure.ts';

/** A training, and the study whose halves A and B are meant. */
const training = z.object({ run: z.string().regex(/^[0-9a-f]{64}$/), study: z.string().min(1).max(100).optional() });
const n = z.int().min(1).max(200);
const layer = training.extend({ n });
/** A channel of a convolution or a unit of a dense layer, 0-based. */
const unit = z.int().nonnegative().max(65_535);
const units = z.array(unit).min(1).max(64);
const wish = layer.extend({ units, seeds: z.int().min(1).max(8) });
/** The progress of work. */
const progress = z.object({ type: z.literal('progress'), done: z.number(), total: z.number() });

/** A layer n of a training: what lies between two cuts. */
const describedLayerSchema = z.object({
  n: z.int(),
  name: z.string(),
  type: z.enum(['conv', 'dense']),
  /** Channels of a convolution, units of a dense layer. */
  units: z.int(),
  /** Rows and columns of the receptive field of a unit. */
  window: z.int(),
  /**
   * Where its weights come from: trained in this run from random ones, or taken over and then trained, adapted, kept but for
   * its norms, or kept.
   */
  origin: z.enum(['learned', 'fine-tuned', 'adapted', 'norms', 'frozen', 'random']),
  /** The network that it was copied from: `baseA`, or a pretrained one. */
  source: z.string().optional(),
});
export type DescribedLayer = z.infer<typeof describedLayerSchema>;

/** A summary of a layer's units. Shares, 0..1, are means over the units that respond, null if none does. */
const lookedLayer = z.object({
  n: z.int(),
  /** The share of the most frequent class among the images that excite a unit most. */
  share: z.number().nullable(),
  /** The share of A's classes among those images; also null without a study. */
  ofA: z.number().nullable(),
  silent: z.int(),
  constant: z.int(),
});

const lookSchema = z.object({
  type: z.literal('look'),
  step: z.int(),
  /** Id of the image set. */
  set: z.string(),
  /** How many images the units were computed on. `asked`: how many of the best ones the shares are of. */
  among: z.int(),
  asked: z.int(),
  /** The shares of images that are drawn at random. */
  chance: z.object({ share: z.number(), ofA: z.number().nullable() }),
  layers: z.array(lookedLayer),
});
export type Look = z.infer<typeof lookSchema>;

const unitSchema = z.object({
  /** `silent`: never above 0. `constant`: the same for every image. `broken`: not a number. */
  state: z.enum(['answers', 'silent', 'constant', 'broken']),
  class: z.string(),
  share: z.number().nullable(),
  ofA: z.number().nullable(),
  /** The response to the image that excites it most, before the ReLU. */
  response: z.number().nullable(),
});
export type LayerUnit = z.infer<typeof unitSchema>;

/** A part of an image, in pixels of the stored image. */
const window = z.object({ top: z.number(), left: z.number(), rows: z.number(), columns: z.number() });

export const layers = {
  /** Describes the layers. `problem`: why they can't be looked at, if that is known at once. */
  describe: procedure.input(training).output(
    z.object({
      layers: z.array(describedLayerSchema),
      /** Rows and columns of the network's input. */
      inputSize: z.int(),
      /** Layers 1..readable have their weights in this home. */
      readable: z.int(),
      problem: z.string().nullable(),
      /** Why there are no images to show. */
      imagesProblem: z.string().nullable(),
    }),
  ),
  /** Looks at all layers. Yields progress, then the result. Takes some seconds the first time. */
  look: procedure.input(training).output(eventIterator(z.discriminatedUnion('type', [progress, lookSchema]))),
  /** The units of a layer, in the network's order. */
  units: procedure.input(layer).output(z.object({ units: z.array(unitSchema) })),
  /**
   * The image parts that excite some units most, `each` per unit and the best first: [units, each, size, size, 3]
   * bytes. What lies beyond an image is grey.
   */
  patches: procedure
    .input(layer.extend({ units, each: z.int().min(1).max(9), size: z.int().min(8).max(96) }))
    .output(z.object({ size: z.int(), pixels: bytes })),
  /** The images that excite a unit most, the best first, with the best place in each. */
  exciting: procedure.input(layer.extend({ unit })).output(
    z.object({
      set: z.string(),
      /** Rows and columns of its images. */
      size: z.int(),
      among: z.int(),
      images: z.array(
        z.object({
          image: z.int(),
          class: z.string(),
          half: z.enum(['A', 'B']).nullable(),
          heldOut: z.boolean(),
          response: z.number(),
          window,
        }),
      ),
    }),
  ),
  /**
   * Visualises the features of some units by gradient ascent from several random images (seeds). Yields progress until
   * it is done. Takes about a second per picture the first time.
   */
  draw: procedure.input(wish).output(eventIterator(progress)),
  /** The pictures that `draw` makes; they are drawn now if that has not been done. */
  wishes: procedure.input(wish).output(
    z.object({
      step: z.int(),
      rows: z.int(),
      columns: z.int(),
      /** The pictures, unit by unit and seed by seed: [units, seeds, rows, columns, 3] bytes. */
      pixels: bytes,
      /** The unit's response to each picture. */
      responses: z.array(z.number()),
      /**
       * Whether they are drawn on the mean of the training images. Otherwise it is grey, as the images are not here.
       */
      onMean: z.boolean(),
    }),
  ),
};
