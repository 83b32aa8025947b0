import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { ENGINE_NAMES } from '../choices.ts';
import { procedure } from './procedure.ts';

/** One thing that was looked at. Its text is a sentence or two: what there is and, where needed, what to do. */
export const findingSchema = z.object({
  name: z.string(),
  /** `problem`: Transplant can't work so; `note`: worth knowing; both say what to do where something can be done. */
  status: z.enum(['ok', 'note', 'problem']),
  text: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What was found earlier. */
const foundSchema = z.object({
  /** When: ISO 8601, UTC. */
  at: z.string(),
  findings: z.array(findingSchema),
});

/** One setting of an engine, and how fast it is. */
const benchmarkRowSchema = z.object({
  engine: z.enum(ENGINE_NAMES),
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

/** A cluster as it is described ("transplant cluster"). */
const clusterSchema = z.object({ name: z.string(), submits: z.string(), spool: z.string(), jobs: z.string() });

const word = z.string().max(1000).optional();
/** A cluster as a page may describe it. Commands on its nodes are given in a terminal: no page writes shell. */
const newClusterSchema = z.object({
  name: z.string().max(1000),
  spool: z.string().max(1000),
  ...{ ssh: word, partition: word, account: word, time: word, memory: word, gres: word },
  engine: z.enum(ENGINE_NAMES).optional(),
  atOnce: z.number().optional(),
});
export type NewCluster = z.infer<typeof newClusterSchema>;

const clusterName = z.object({ name: z.string().max(1000) });

export const engine = {
  /** The clusters that the home knows. */
  clusters: procedure.output(z.array(clusterSchema)),
  /**
   * What there is to show at once: the engine that is used, what a look at the machine tells, and what `basics` and `examine` found
   * last in this home; null: nothing yet.
   */
  known: procedure.output(
    z.object({
      used: z.string(),
      glance: z.array(findingSchema),
      basics: foundSchema.nullable(),
      libraries: foundSchema.nullable(),
    }),
  ),
  /** What is known of this machine without trying engines, in the order to be read, and the engine that is used. */
  basics: procedure.output(z.object({ findings: z.array(findingSchema), used: z.string() })),
  /** What was found when libraries and engines were tried: that takes seconds, and is done once unless again. */
  examine: procedure
    .input(z.object({ again: z.boolean() }).optional())
    .output(z.object({ findings: z.array(findingSchema) })),
  addCluster: procedure.input(newClusterSchema),
  /** Forgets how it is described; its spool and its jobs stay. */
  forgetCluster: procedure.input(clusterName),
  /** Runs a job of seconds on it. Yields what the job waits for, in Slurm's word, and at last what it has found, in sentences. */
  testCluster: procedure
    .input(clusterName)
    .output(eventIterator(z.object({ waiting: z.string().nullable(), found: z.array(z.string()) }))),
  /**
   * Reads every stored file and compares it with its hash; the keys are of trainings that can be trained again. Takes as
   * long as the drive takes to read all.
   */
  checkFiles: procedure.output(z.object({ findings: z.array(findingSchema), damaged: z.array(z.string()) })),
  /** What to send with a report of a bug: nothing in it is personal (app/doctor/diagnostics.ts). Takes some seconds. */
  diagnostics: procedure.output(z.object({ text: z.string() })),
  /** Sets damaged trainings back; returns the names of the studies to resume. Refused while a study trains. */
  repair: procedure
    .input(z.object({ damaged: z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1) }))
    .output(z.object({ studies: z.array(z.string()) })),
  /** Takes about a minute. Yields all rows each time one changes. Refused while a study trains. */
  benchmark: procedure
    .input(z.object({ network: z.string().max(40) }))
    .output(eventIterator(z.array(benchmarkRowSchema))),
};
