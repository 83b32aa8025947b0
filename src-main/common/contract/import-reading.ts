import { z } from 'zod';

/** Something about images to import that their files don't tell for certain. */
const choiceSchema = z.object({
  /** `levels`, `held-out`, `folder:masks` ... */
  id: z.string(),
  question: z.string(),
  options: z.array(z.object({ value: z.string(), says: z.string() })),
  /** What will be done; null: nothing can be imported before a person has said it. */
  chosen: z.string().nullable(),
  said: z.boolean(),
  /** Whether another text than those of the options may be said. */
  free: z.boolean(),
  /** How the command line says it, up to the value. */
  flag: z.string(),
});
export type ImportChoice = z.infer<typeof choiceSchema>;

/** What an import is about to do, before it does it. */
export const importReadingSchema = z.object({
  /** The kind of set: `class folders`, `CIFAR-10`. */
  kind: z.string(),
  /** Where the classes come from: `the names of the folders`. */
  labels: z.string(),
  /** Images of each class; null where only an import itself counts them. */
  classes: z.array(z.object({ name: z.string(), train: z.int().nullable(), heldOut: z.int().nullable() })),
  /** Whether the set says what is held out; otherwise a fifth of each class is drawn. */
  heldOutGiven: z.boolean(),
  /** Images in all. */
  images: z.int(),
  /** What is left out, and why; the most files first, a few hundred at most. */
  leftOut: z.array(z.object({ path: z.string(), files: z.int(), reason: z.string() })),
  /**
   * The folders, depth first, with what becomes of the files in and below each. A line without a name stands for the rest of
   * those beside it.
   */
  tree: z.array(
    z.object({
      depth: z.int(),
      name: z.string().nullable(),
      folders: z.int(),
      train: z.int(),
      heldOut: z.int(),
      leftOut: z.int(),
    }),
  ),
  /** Sentences about what was guessed. */
  notes: z.array(z.string()),
  choices: z.array(choiceSchema),
  /** Why nothing can be imported, in a sentence; null if it can. */
  problem: z.string().nullable(),
});
export type ImportReading = z.infer<typeof importReadingSchema>;
