import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { bytes, procedure } from './problems.ts';

/** A training, and the study whose halves are meant. */
const training = z.object({ run: z.string().regex(/^[0-9a-f]{64}$/), study: z.string().min(1).max(100).optional() });
const n = z.int().min(1).max(200);
const layer = training.extend({ n });
/** 0-based: a channel of a convolution, a unit of a dense layer. */
const unit = z.int().nonnegative().max(65_535);
const units = z.array(unit).min(1).max(64);
const wish = layer.extend({ units, seeds: z.int().min(1).max(8) });
/** How far work is. */
const progress = z.object({ type: z.literal('progress'), done: z.number(), total: z.number() });

/** A weight layer of a training. */
export const describedLayerSchema = z.object({
  n: z.int(),
  name: z.string(),
  type: z.enum(['conv', 'dense']),
  /** Channels of a convolution, units of a dense layer. */
  units: z.int(),
  /** Rows and columns of the image that a unit sees. */
  window: z.int(),
  /** Where its weights come from: trained in this run from random ones, or taken over and then trained, adapted or kept. */
  origin: z.enum(['learned', 'fine-tuned', 'adapted', 'frozen', 'random']),
  /** What it was copied from: `baseA`, or a pretrained network. */
  source: z.string().optional(),
});
export type DescribedLayer = z.infer<typeof describedLayerSchema>;

/** What the units of a layer have in common; shares 0..1 are means over the units that answer, null where none does. */
const lookedLayer = z.object({
  n: z.int(),
  /** Of the images that excite a unit most, the share of the commonest class. */
  share: z.number().nullable(),
  /** Of those images, the share of A's classes; null also without a study. */
  ofA: z.number().nullable(),
  silent: z.int(),
  constant: z.int(),
});
export type LookedLayer = z.infer<typeof lookedLayer>;

const lookSchema = z.object({
  type: z.literal('look'),
  step: z.int(),
  /** Id of the image set. */
  set: z.string(),
  /** Images that were looked at, and how many of the best ones are asked for shares. */
  among: z.int(),
  asked: z.int(),
  /** What blind draws come to. */
  chance: z.object({ share: z.number(), ofA: z.number().nullable() }),
  layers: z.array(lookedLayer),
});
export type Look = z.infer<typeof lookSchema>;

const unitSchema = z.object({
  /** `silent`: never above zero. `constant`: the same for every image. `broken`: not numbers. */
  state: z.enum(['answers', 'silent', 'constant', 'broken']),
  class: z.string(),
  share: z.number().nullable(),
  ofA: z.number().nullable(),
  /** To the image that excites it most, before the ReLU. */
  response: z.number().nullable(),
});
export type LayerUnit = z.infer<typeof unitSchema>;

/** Rows and columns of an image, in pixels of the stored one. */
const window = z.object({ top: z.number(), left: z.number(), rows: z.number(), columns: z.number() });

export const layers = {
  /** What there is to look at. `problem`: why layers can't be looked at, where that is known at once. */
  describe: procedure.input(training).output(
    z.object({
      layers: z.array(describedLayerSchema),
      /** Rows and columns of the network's input. */
      inputSize: z.int(),
      /** Layers 1..readable have weights here. */
      readable: z.int(),
      problem: z.string().nullable(),
      /** Why there are no images to look at. */
      imagesProblem: z.string().nullable(),
    }),
  ),
  /** Looks at all layers, some seconds the first time: progress, then what was found. */
  look: procedure.input(training).output(eventIterator(z.discriminatedUnion('type', [progress, lookSchema]))),
  /** The units of a layer, in the network's order. */
  units: procedure.input(layer).output(z.object({ units: z.array(unitSchema) })),
  /**
   * The windows that excite some units most, `each` of them: [units, each, size, size, 3] bytes, best first; grey beyond the image.
   */
  patches: procedure
    .input(layer.extend({ units, each: z.int().min(1).max(9), size: z.int().min(8).max(96) }))
    .output(z.object({ size: z.int(), pixels: bytes })),
  /** The images that excite one unit most, best first, one place an image. */
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
   * Draws what some units would like to see, by gradient ascent from some beginnings: progress until it is done. A second or
   * so for each picture the first time.
   */
  draw: procedure.input(wish).output(eventIterator(progress)),
  /** What was drawn; draws it where that has not been done. */
  wishes: procedure.input(wish).output(
    z.object({
      step: z.int(),
      rows: z.int(),
      columns: z.int(),
      /** One picture after the other, unit by unit and seed by seed: [units, seeds, rows, columns, 3] bytes. */
      pixels: bytes,
      /** Of each picture, the unit's answer to it. */
      responses: z.array(z.number()),
      /** Whether they stand on the mean of the training images; else on grey, as the images are not here. */
      onMean: z.boolean(),
    }),
  ),
};
