import { join } from 'node:path';
import { z } from 'zod';

/**
 * A spool: the folder that main and the nodes of a cluster see.
 *
 *     blobs/<sha256>                      images, weights: whatever trainings begin with, written once
 *     runs/<key>/attempt-<k>/job.json     what a job of the cluster is to do, in the folder of its first training
 *     runs/<key>/attempt-<k>/result.json  how a training ended, written last of all
 *     runs/<key>/attempt-<k>/start-<s>/   curve and checkpoints of one process: a job that is requeued has several
 *     submissions/<id>/                   an array of jobs, and what they print
 */
export const keySchema = z.string().regex(/^[0-9a-f]{8,64}$/);
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const bytesSchema = z
  .int()
  .nonnegative()
  .max(2 ** 40);

/** A file by its hash. */
export const hashedSchema = z.strictObject({ sha256: hashSchema, bytes: bytesSchema }).readonly();
export type Hashed = z.infer<typeof hashedSchema>;

export const blobFile = (spool: string, { sha256 }: Pick<Hashed, 'sha256'>): string => join(spool, 'blobs', sha256);
export const runFolder = (spool: string, run: string): string => join(spool, 'runs', run);
export const attemptFolder = (spool: string, run: string, attempt: number): string =>
  join(runFolder(spool, run), `attempt-${attempt}`);
export const submissionFolder = (spool: string, id: string): string => join(spool, 'submissions', id);

export const JOB = 'job.json';
export const RESULT = 'result.json';
export const CURVE = 'curve.jsonl';
/** Where a training stands, for display. */
export const STATE = 'state.json';

/** Bytes of a job, a result and a state, at most. */
export const MOST_JSON = 64 * 2 ** 20;
/** Bytes of a curve with its snapshots of filters, at most. */
export const MOST_CURVE = 2 ** 30;

/** The numbers of what is named `<prefix>-<number>`, ascending. */
export const numbered = (names: readonly string[], prefix: 'attempt' | 'start'): number[] =>
  names
    .flatMap((name) => NUMBERED[prefix].exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

const NUMBERED = { attempt: /^attempt-([1-9]\d{0,5})$/, start: /^start-([1-9]\d{0,5})$/ };
