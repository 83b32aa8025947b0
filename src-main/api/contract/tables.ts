import { z } from 'zod';

/** A table whose cells are text. */
export const tableSchema = z.object({
  title: z.string(),
  caption: z.string(),
  head: z.array(z.string()).readonly(),
  rows: z.array(z.array(z.string()).readonly()).readonly(),
  /** How many columns, from the left, are words; the others are numbers. */
  words: z.int(),
});
