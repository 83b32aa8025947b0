import { z } from 'zod';
import { halfSchema, networkKindSchema } from '../treatments/schema.ts';
import { intervalSchema, list } from './intervals.ts';

/** A way to make a network for the target's classes, as it was measured. */
const choiceSchema = z
  .object({
    kind: networkKindSchema,
    n: z.int(),
    /** `A3B+`, `baseB` */
    name: z.string(),
    /** Mean top-1 accuracy, a fraction. */
    accuracy: z.number(),
    /** Mean balanced accuracy, where classes are of unequal size; null where it isn't known. */
    balanced: z.number().nullable(),
    interval: intervalSchema,
    /** Mean seconds of a training. */
    seconds: z.number(),
    /** Points of top-1 less than the best; 0 for the best. */
    below: z.number(),
    /** Whether a test shows that it is worse than the best. */
    worse: z.boolean(),
    /** Whether nothing that was measured is both more accurate and cheaper: the Pareto front. */
    front: z.boolean(),
  })
  .readonly();
export type AdvisedChoice = z.infer<typeof choiceSchema>;

const advice = {
  target: halfSchema,
  /**
   * `advised`: a choice is named. `too little data`: differences that matter can't be seen. `guessing`: no network is better
   * than the most frequent class.
   */
  state: z.enum(['advised', 'too little data', 'guessing']),
  /** The name of the choice that is advised, or with too little data of the best so far. */
  choice: z.string(),
  /** The one sentence. */
  sentence: z.string(),
  /** What stands behind it, a sentence each. */
  reasons: list(z.string()),
  /** What more images of each class would bring, where the study has trained on few; null elsewhere. */
  moreImages: z.string().nullable(),
  /** All that were weighed, the most accurate first. */
  choices: list(choiceSchema),
};
/** What a study says about which layers to keep. */
export type Advice = Readonly<z.infer<z.ZodObject<typeof advice>>>;

/** An advice as it is read. */
export const shownAdviceSchema = z
  .object({
    ...advice,
    /** `Trained on B`; null unless both halves have advice of their own. */
    about: z.string().nullable(),
  })
  .readonly();
export type ShownAdvice = z.infer<typeof shownAdviceSchema>;
