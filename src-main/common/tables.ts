import { z } from 'zod';

/** A table of text, as the page of a report and the window show it. */
export const tableSchema = z.object({
  title: z.string(),
  caption: z.string(),
  head: z.array(z.string()).readonly(),
  rows: z.array(z.array(z.string()).readonly()).readonly(),
  /** How many columns from the left are words; the others are numbers and stand to the right. */
  words: z.int(),
});
export type Table = z.infer<typeof tableSchema>;

/** The formats that a table of typed columns (study/data-tables) is written in; also the endings of its files. */
export const TABLE_FORMATS = ['csv', 'parquet'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];
