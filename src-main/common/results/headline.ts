import { z } from 'zod';
import { halfSchema } from '../treatments/schema.ts';

const headline = {
  target: halfSchema,
  /** `told`: something is said of layers. Otherwise the sentence says why not, and what would help. */
  state: z.enum(['told', 'too little data', 'guessing']),
  /** The one sentence that a page begins with. */
  sentence: z.string(),
};
/** The answer to the paper's question: where features stop transferring. */
export type Headline = Readonly<z.infer<z.ZodObject<typeof headline>>>;

/** A headline as it is read. */
export const shownHeadlineSchema = z
  .object({
    ...headline,
    /** `Trained on B`; null unless both halves have one of their own. */
    about: z.string().nullable(),
  })
  .readonly();
export type ShownHeadline = z.infer<typeof shownHeadlineSchema>;
