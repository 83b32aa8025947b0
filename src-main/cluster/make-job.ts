import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingJob } from '../engine/trainer/job.ts';
import type { Blobs } from './spool/blobs.ts';
import { type ImageFiles, type Job, JOB_FORMAT, type JobTraining } from './spool/job-file.ts';
import { attemptFolder, type Hashed, JOB } from './spool/layout.ts';
import { isInside, makeSpoolFolder, writeWhole } from './spool/safe-files.ts';
import { UserError } from '../errors.ts';

/** Processes of one job that may crash. */
const CRASHES = 2;
const MOST_CHECKPOINT = 2 ** 36;

export interface NumberedJob {
  readonly job: TrainingJob;
  readonly attempt: number;
}

/** Writes a job with everything that it begins with into the spool. Throws a UserError where that can't be done. */
export async function writeJob(
  spool: string,
  blobs: Blobs,
  images: ImageFiles,
  trainings: readonly NumberedJob[],
  checkpointEvery: number,
): Promise<void> {
  const weights = new Map<string, Hashed>();
  const portable: JobTraining[] = [];
  for (const { job, attempt } of trainings) {
    const { imageSet: _, transplant, home: __, threads: ___, checkpoints: ____, resume: _____, ...rest } = job;
    const training = { ...rest, attempt, checkpointEvery };
    if (!transplant || 'seed' in transplant) portable.push({ ...training, transplant });
    else {
      const { n, head, checkpoint } = transplant;
      const { file, sha256 } = checkpoint;
      const hashed = weights.get(sha256) ?? { sha256, bytes: statSync(file).size };
      if (!weights.has(sha256)) await blobs.put(file, hashed);
      weights.set(sha256, hashed);
      portable.push({ ...training, transplant: { n, head, weights: hashed } });
    }
  }
  const [{ run, engine, seed }] = portable;
  const job: Job = {
    format: JOB_FORMAT,
    ...{ run, engine, seed },
    inputs: { images, weights: [...weights.values()] },
    limits: { checkpointBytes: MOST_CHECKPOINT, crashes: CRASHES },
    trainings: portable,
  };
  for (const { run, attempt } of portable) makeSpoolFolder(attemptFolder(spool, run, attempt));
  const file = join(attemptFolder(spool, run, portable[0].attempt), JOB);
  if (!isInside(spool, file))
    throw new UserError(`${file} would lie outside of the spool: there is a link on the way.`);
  writeWhole(file, JSON.stringify(job));
}
