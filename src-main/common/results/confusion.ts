import { z } from 'zod';
import { halfSchema } from '../treatments/schema.ts';
import { list } from './intervals.ts';

/** An image to which a network gives another class than its own. */
const mistakenImageSchema = z
  .object({
    /** Its place among the held-out images of the network's classes, in the order of their numbers. */
    position: z.int(),
    /** Its place among the held-out images of its class, 1 for the first. */
    ofClass: z.int(),
    class: z.string(),
    as: z.string(),
    /** How many of the study's networks that were asked about it are wrong. */
    wrong: z.int(),
    asked: z.int(),
  })
  .readonly();

/** What the network that is advised confuses, by the held-out images. */
export const mistakesSchema = z
  .object({
    target: halfSchema,
    /** `A3B+` */
    choice: z.string(),
    /** Its networks whose answers are added up: those of the first split. */
    networks: z.int(),
    classes: list(z.string()),
    /** Those that most networks of the study get wrong, of those that the first of these does. */
    images: list(mistakenImageSchema),
  })
  .readonly();
type Mistakes = z.infer<typeof mistakesSchema>;

/** With the whole matrix. */
export interface Confusion extends Mistakes {
  /** Images of a class (row) that are given a class (column), in the order of `classes`. */
  readonly counts: readonly (readonly number[])[];
}

/** As data: the matrix, which has a million numbers for a thousand classes, as the pairs that are confused. */
export const withoutMatrix = ({
  counts,
  ...confusion
}: Confusion): Mistakes & { readonly pairs: readonly ConfusedPair[] } => ({
  ...confusion,
  pairs: confusedPairs({ classes: confusion.classes, counts }),
});

/** Two classes of which one is taken for the other. */
interface ConfusedPair {
  readonly class: string;
  readonly as: string;
  readonly images: number;
  /** Of the images of the class. */
  readonly share: number;
}

/** All pairs that are confused at all, those with the largest share first. */
export function confusedPairs({ classes, counts }: Pick<Confusion, 'classes' | 'counts'>): ConfusedPair[] {
  return counts
    .flatMap((row, of) => {
      const all = row.reduce((sum, count) => sum + count, 0);
      return row.flatMap((images, as) =>
        as === of || images === 0 ? [] : [{ class: classes[of], as: classes[as], images, share: images / all }],
      );
    })
    .sort((a, b) => b.share - a.share || b.images - a.images);
}
