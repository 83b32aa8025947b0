import { z } from 'zod';
import { halfSchema, networkKindSchema } from '../treatments/schema.ts';
import { runStateSchema } from '../run-state.ts';

const fraction = z.number().min(0).max(1);

/** An import, or the making of the built-in images. */
const importSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    /** Null for built-in images. */
    path: z.string().nullable(),
    state: z.enum(['running', 'stopping', 'done', 'failed', 'cancelled']),
    done: z.int(),
    /** Null while it is not known. */
    total: z.int().nullable(),
    rejected: z.int(),
    imagesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    /** Once done: the image set's id. */
    set: z.string().nullable(),
    /** Once done: the same images had been imported before. */
    known: z.boolean(),
    duplicates: z.int(),
    /** Once done: sentences about images that would make results wrong (common/health.ts). */
    warnings: z.array(z.string()),
    /** Once failed: what happened and what to do. */
    problem: z.string().nullable(),
  })
  .readonly();
export type ImportState = z.infer<typeof importSchema>;

/** A training of a study that is under way or stored. */
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
    /** Training images of each class, if they are few on purpose; absent: all that the study uses. */
    examples: z.int().optional(),
    /** Key of the base that the first n layers come from. */
    source: z.string().nullable(),
    state: runStateSchema,
    /** Whether it was finished before this study. */
    reused: z.boolean(),
    step: z.int(),
    steps: z.int(),
    /** Loss on the latest training batches. */
    loss: z.number().nullable(),
    /** Top-1 on the held-out images, a fraction; the latest. */
    accuracy: fraction.nullable(),
    imagesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    /** Of training, over all sessions; of a run under way those of earlier sessions. */
    seconds: z.number(),
    /** Node of a cluster that it runs on; absent: none. */
    place: z.string().nullish(),
    /** It waits in the queue of a cluster: for what, in the cluster's own word, which may be empty; absent: it doesn't. */
    queued: z.string().nullish(),
    /** Why it failed, was skipped or was started again. */
    problem: z.string().nullable(),
    /** Step of the newest first-layer filters that can be asked for; null if there are none. */
    filtersAt: z.int().nullable(),
    /** Step of the newest point of its learning curve; 0 if there is none. */
    curveAt: z.int(),
  })
  .readonly();
export type RunSummary = z.infer<typeof runSummarySchema>;

const studyActivitySchema = z
  .object({
    study: z.string(),
    name: z.string(),
    /** `pausing`: the current steps are being finished. */
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

/** Studies that wait for the one that is under way, the next one first. */
const queueSchema = z
  .object({
    /** Whether it waits for a person: after a pause, an error or a restart. */
    held: z.boolean(),
    waiting: z.array(
      z
        .object({
          id: z.int(),
          name: z.string(),
          /** The id that the study has, or will have. */
          study: z.string(),
          what: z.enum(['run', 'resume', 'extend', 'until-clear']),
        })
        .readonly(),
    ),
  })
  .readonly();

/** A message about something that happened. It stays until it is dismissed, as nobody may have been looking. */
const noticeSchema = z
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
    /** Counts the changes of what is stored: when it changes, lists of sets and studies should be asked for again. */
    stored: z.int(),
    /** Whether the home was moved, and is closed until the next start. */
    moved: z.boolean(),
    imports: z.array(importSchema),
    /** A study whose images are being made, before its trainings are known. */
    preparing: z.object({ name: z.string(), done: z.int(), total: z.int().nullable() }).readonly().nullable(),
    study: studyActivitySchema.nullable(),
    queue: queueSchema,
    notices: z.array(noticeSchema),
  })
  .readonly();
export type Activity = z.infer<typeof activitySchema>;
