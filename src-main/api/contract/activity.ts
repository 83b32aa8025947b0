import { z } from 'zod';
import { networkKindSchema } from '../../common/treatments/schema.ts';
import { runStateSchema } from '../../common/run-state.ts';
import { halfSchema } from '../../common/treatments/schema.ts';

const fraction = z.number().min(0).max(1);

/** An import, or the making of the built-in images. */
export const importSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    /** Null for built-in images. */
    path: z.string().nullable(),
    state: z.enum(['running', 'stopping', 'done', 'failed', 'cancelled']),
    done: z.int(),
    /** Null while nobody knows: a tar archive streams. */
    total: z.int().nullable(),
    rejected: z.int(),
    imagesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    /** Once done: the image set's id. */
    set: z.string().nullable(),
    /** Once done: the same images had been imported before. */
    known: z.boolean(),
    duplicates: z.int(),
    /** Once failed: what happened and what to do. */
    problem: z.string().nullable(),
  })
  .readonly();
export type ImportState = z.infer<typeof importSchema>;

/** One training, of a study under way or of a stored one. */
export const runSummarySchema = z
  .object({
    key: z.string(),
    /** `baseB`, `A3B+` ... */
    name: z.string(),
    /** 0-based. */
    replicate: z.int(),
    kind: networkKindSchema,
    n: z.int(),
    target: halfSchema,
    /** Training images of each class where there are few on purpose; absent: all that the study uses. */
    examples: z.int().optional(),
    /** Key of the base that the first n layers come from. */
    source: z.string().nullable(),
    state: runStateSchema,
    /** Finished before this study asked for it. */
    reused: z.boolean(),
    step: z.int(),
    steps: z.int(),
    /** Of the latest training batches. */
    loss: z.number().nullable(),
    /** Top-1 on the held-out images, a fraction; the latest. */
    accuracy: fraction.nullable(),
    imagesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    /** Of training, over all sessions; of a run under way those of earlier sessions. */
    seconds: z.number(),
    /** Why it failed, was skipped or was started again. */
    problem: z.string().nullable(),
    /** Step of the newest first-layer filters that can be asked for; null: none. */
    filtersAt: z.int().nullable(),
    /** Step of the newest point of its learning curve; 0: none. */
    curveAt: z.int(),
  })
  .readonly();
export type RunSummary = z.infer<typeof runSummarySchema>;

export const studyActivitySchema = z
  .object({
    study: z.string(),
    name: z.string(),
    /** `pausing`: finishing the steps in hand. */
    phase: z.enum(['training', 'pausing']),
    /** Of its steps, 0..1. */
    fraction,
    secondsLeft: z.number().nullable(),
    imagesPerSecond: z.number(),
    workers: z.int(),
    runs: z.array(runSummarySchema),
  })
  .readonly();
export type StudyActivity = z.infer<typeof studyActivitySchema>;

/** Something that happened while nobody may have looked; stays until it is dismissed. */
export const noticeSchema = z
  .object({
    id: z.int(),
    level: z.enum(['information', 'warning', 'problem']),
    sentence: z.string(),
    /** ISO 8601, UTC. */
    at: z.string(),
    study: z.string().nullable(),
  })
  .readonly();
export type Notice = z.infer<typeof noticeSchema>;

/** What goes on in the application, as plain data: the window shows it, whenever it is opened. */
export const activitySchema = z
  .object({
    /** Counts up with every change of what is stored: lists of sets and studies are worth asking for again. */
    stored: z.int(),
    imports: z.array(importSchema),
    /** A study that is asked for and whose images are being made, before its trainings are known. */
    preparing: z.object({ name: z.string(), done: z.int(), total: z.int().nullable() }).readonly().nullable(),
    study: studyActivitySchema.nullable(),
    notices: z.array(noticeSchema),
  })
  .readonly();
export type Activity = z.infer<typeof activitySchema>;
