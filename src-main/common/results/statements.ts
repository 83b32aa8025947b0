import { z } from 'zod';
import { halfSchema } from '../treatments/schema.ts';
import { intervalSchema, intervalSourceSchema, list } from './intervals.ts';

/** The three answers of the tests, and a fourth: there was nothing to test. */
const verdictSchema = z.enum(['supported', 'not supported', 'not enough runs', 'not tested']);
export type Verdict = z.infer<typeof verdictSchema>;

/** An effect as data, in points of top-1; p-values are two-sided and corrected, null if nothing was tested. */
const answeredEffect = {
  points: z.number(),
  interval: intervalSchema,
  how: intervalSourceSchema,
  replicates: z.int(),
  /** p of no effect. */
  shown: z.number().nullable(),
  /** p of an effect of MARGIN or more. */
  excluded: z.number().nullable(),
};
const answeredEffectSchema = z.object(answeredEffect).readonly();
export type AnsweredEffect = z.infer<typeof answeredEffectSchema>;

/** What the same test says of the paper's own networks, and their curve. */
const paperAnswerSchema = z
  .object({
    verdict: verdictSchema,
    text: z.string(),
    /** Its effect, points of top-1; null without networks. */
    points: z.number().nullable(),
    byLayer: list(z.object({ n: z.int(), points: z.number(), interval: intervalSchema }).readonly()),
  })
  .readonly();
export type PaperAnswer = z.infer<typeof paperAnswerSchema>;

/** That no more networks are trained for a statement, in a study that goes on until it is clear. */
const givenUpSchema = z
  .object({
    /** Those that it had then, and the most that it could still have had. */
    replicates: z.int(),
    more: z.int(),
    /** That these would settle it, 0..1. */
    chance: z.number(),
  })
  .readonly();
export type GivenUp = z.infer<typeof givenUpSchema>;

const answer = {
  id: z.string(),
  target: halfSchema,
  title: z.string(),
  claim: z.string(),
  section: z.string(),
  /** `BnB − baseB` */
  difference: z.string(),
  verdict: verdictSchema,
  text: z.string(),
  /** The n over which the effect is averaged. */
  layers: list(z.int()),
  effect: answeredEffectSchema.nullable(),
  /**
   * How probably this many runs, as different from each other as these, settle the statement if the effect is as large as
   * `size`, points of top-1: the paper's (`ofPaper`), or the smallest that counts. Null where nothing can be tested.
   */
  power: z.object({ size: z.number(), ofPaper: z.boolean(), probability: z.number() }).readonly().nullable(),
  /** Further seeds (or splits) that would settle it; null if it is settled or unknown. */
  moreSeeds: z.number().nullable(),
  /** Of a study that went on until it was clear; null where it goes on for this statement, too, or has its answer. */
  givenUp: givenUpSchema.nullable(),
  byLayer: list(z.object({ n: z.int(), ...answeredEffect }).readonly()),
  paper: paperAnswerSchema,
};
/** What a study says of one statement of the paper. */
export type Answer = Readonly<z.infer<z.ZodObject<typeof answer>>>;

/** An answer as it is read. */
export const shownAnswerSchema = z
  .object({
    ...answer,
    /** `Supported` */
    verdictWords: z.string(),
    /** `−7.1 points, n = 3 to 5 (−9.0 to −5.2)` */
    effectWords: z.string(),
    /** The paper's verdict in words. */
    paperWords: z.string(),
    /** `Trained on B`; null unless both halves have answers of their own. */
    about: z.string().nullable(),
  })
  .readonly();
export type ShownAnswer = z.infer<typeof shownAnswerSchema>;
