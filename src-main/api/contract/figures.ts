import { z } from 'zod';
import { bytes, procedure } from './problems.ts';

export const figures = {
  /** Converts a figure, given as the SVG file that is saved, to a PNG file for print, as in the report. */
  png: procedure.input(z.object({ svg: z.string().min(1).max(1_500_000) })).output(z.object({ content: bytes })),
};
