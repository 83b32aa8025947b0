import { z } from 'zod';
import { list } from './intervals.ts';

/** A table of text, as the page and the window show it. Programs get typed columns (study/data-tables). */
export const tableSchema = z
  .object({
    title: z.string(),
    caption: z.string(),
    head: list(z.string()),
    rows: list(list(z.string())),
    /** How many columns from the left are words; the others are numbers and stand to the right. */
    words: z.int(),
  })
  .readonly();
export type Table = z.infer<typeof tableSchema>;
