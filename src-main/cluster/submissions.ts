import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keySchema, MOST_JSON, submissionFolder } from './spool/layout.ts';
import { makeSpoolFolder, readJsonInside, writeWhole } from './spool/safe-files.ts';

/** An array of jobs as it is noted in a spool, before the scheduler hears of it: whoever comes later finds it. */
const submissionSchema = z
  .strictObject({
    /** Each a job: its trainings, the first of which has the job's file. */
    jobs: z
      .array(
        z
          .array(z.strictObject({ run: keySchema, attempt: z.int().positive() }))
          .min(1)
          .readonly(),
      )
      .min(1)
      .readonly(),
  })
  .readonly();
export type Submission = z.infer<typeof submissionSchema>;

const submittedSchema = z.strictObject({ array: z.string().regex(/^[\w.-]{1,40}$/) });

const idSchema = z.string().regex(/^[0-9a-z]{1,40}$/);

export function noteSubmission(spool: string, id: string, submission: Submission): void {
  const folder = submissionFolder(spool, id);
  makeSpoolFolder(folder);
  const files = submission.jobs.map(([{ run, attempt }]) => `runs/${run}/attempt-${attempt}/job.json\n`);
  writeWhole(join(folder, 'jobs'), files.join(''));
  writeWhole(join(folder, 'submission.json'), JSON.stringify(submission));
}

/** Notes the scheduler's number. */
export const noteArray = (spool: string, id: string, array: string): boolean =>
  writeWhole(join(submissionFolder(spool, id), 'submitted.json'), JSON.stringify({ array }));

/** All submissions of a spool, the oldest first; `array` is undefined where their main died before it could note it. */
export function submissionsIn(spool: string): { id: string; array: string | undefined; jobs: Submission['jobs'] }[] {
  return idsIn(spool)
    .sort()
    .flatMap((id) => {
      const folder = submissionFolder(spool, id);
      const submission = readJsonInside(spool, join(folder, 'submission.json'), submissionSchema, MOST_JSON);
      if (!submission) return [];
      const array = readJsonInside(spool, join(folder, 'submitted.json'), submittedSchema, 1000)?.array;
      return [{ id, array, jobs: submission.jobs }];
    });
}

function idsIn(spool: string): string[] {
  try {
    return readdirSync(submissionFolder(spool, '')).filter((name) => idSchema.safeParse(name).success);
  } catch {
    return [];
  }
}

/** An id that sorts behind those before it, and that no other main takes. */
export function newSubmissionId(now: number, number: number): string {
  return `${now.toString(36).padStart(9, '0')}${process.pid.toString(36)}x${number.toString(36).padStart(4, '0')}`;
}
