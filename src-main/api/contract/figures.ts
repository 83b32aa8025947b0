import { z } from 'zod';
import { bytes, procedure } from './problems.ts';

export const figures = {
  /** A figure as it is saved, an SVG file, as a PNG file for print: the same as in the report. */
  png: procedure.input(z.object({ svg: z.string().min(1).max(1_500_000) })).output(z.object({ content: bytes })),
};
