import { oc } from '@orpc/contract';
import { z } from 'zod';

/**
 * What can go wrong, as values that cross the wire. Every sentence says what happened, where, and what to do.
 *
 * - REFUSED: the person can mend it (a UserError).
 * - CLOSED: the home folder is not open: another Transplant works in it, its store is from a newer version ...
 * - BUG: ours; `log` is the file with the trace.
 */
const problems = {
  REFUSED: { status: 422, data: z.object({ sentence: z.string() }) },
  CLOSED: { status: 503, data: z.object({ sentence: z.string() }) },
  BUG: { status: 500, data: z.object({ sentence: z.string(), log: z.string().optional() }) },
} as const;

/** Where every procedure of the contract begins. */
export const procedure = oc.errors(problems);

/** A typed array on its way: little-endian, row-major. What it holds stands beside the field. */
export const bytes = z.instanceof(Blob);
