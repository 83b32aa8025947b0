import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { procedure } from './problems.ts';

export const findingSchema = z.object({
  name: z.string(),
  status: z.enum(['ok', 'note', 'problem']),
  text: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

export const benchmarkRowSchema = z.object({
  engine: z.string(),
  /** Such as `2 trainings, 1 thread each`. */
  setting: z.string(),
  state: z.enum(['waiting', 'measuring', 'done', 'failed']),
  /** Images/s of all trainings together. */
  training: z.number().nullable(),
  evaluation: z.number().nullable(),
  /** Bytes of all trainings together. */
  memory: z.number().nullable(),
  version: z.string().nullable(),
  problem: z.string().nullable(),
});
export type BenchmarkRow = z.infer<typeof benchmarkRowSchema>;

export const engine = {
  /** Examines this machine; the findings are in the order to be read. Takes some seconds. */
  examine: procedure.output(z.object({ findings: z.array(findingSchema), used: z.string() })),
  /** Takes about a minute. Yields all rows each time one changes. Refused while a study trains. */
  benchmark: procedure
    .input(z.object({ network: z.string().max(40) }))
    .output(eventIterator(z.array(benchmarkRowSchema))),
};
