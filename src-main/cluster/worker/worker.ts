import { execFile } from 'node:child_process';
import { availableParallelism, cpus, hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { realpathSync } from 'node:fs';
import { byteSize } from '../../common/numbers.ts';
import { runTrainings } from '../../engine/trainer/supervisor.ts';
import { messageOf, UserError } from '../../errors.ts';
import { isWhole } from '../spool/hashed-copy.ts';
import { type Job, jobSchema, type JobTraining } from '../spool/job-file.ts';
import { attemptFolder, blobFile, JOB, MOST_JSON } from '../spool/layout.ts';
import { readInside } from '../spool/safe-files.ts';
import { Attempt, hasResult } from './attempt.ts';
import { imagesOnNode } from './node-images.ts';

export interface WorkerOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** The home folder on the node, to which an engine may have been added. */
  readonly home: string;
  /** Stops after the current step, with a checkpoint. */
  readonly stop: AbortSignal;
  /** The same, because the time of the job is nearly over: it is to be started again. */
  readonly timeIsUp: AbortSignal;
}

/** Milliseconds that a training gets for its last checkpoint; Slurm warns that long before it kills (slurm/script.ts). */
const PATIENCE = 100_000;

/**
 * Does what a job file says (spool/job-file.ts): trains in a process of its own, as a study on this machine does, from the newest
 * whole checkpoint. It reads and writes in the spool and in the node's folder, and needs neither a store nor a network. Throws
 * UserErrors.
 */
export async function work(file: string, options: WorkerOptions): Promise<'finished' | 'stopped' | 'again'> {
  const { spool, job } = readJob(file);
  const { environment, stop, timeIsUp } = options;
  const left = job.trainings.filter((training) => !hasResult(spool, training));
  if (left.length === 0) return 'finished';
  for (const weights of job.inputs.weights)
    if (!(await isWhole(spool, blobFile(spool, weights), weights)))
      throw new UserError(`The blob ${weights.sha256} in the spool is missing or damaged.`);
  const imageSet = await imagesOnNode(spool, job.inputs.images, environment);
  const threads = Number(environment.SLURM_CPUS_PER_TASK ?? environment.SLURM_CPUS_ON_NODE) || availableParallelism();
  const place = {
    node: (environment.SLURMD_NODENAME ?? hostname()).slice(0, 200),
    job: environment.SLURM_JOB_ID?.slice(0, 40) ?? null,
    processor: cpus().at(0)?.model.trim().slice(0, 200) || 'unknown',
    threads,
  };
  const attempts = new Map<string, Attempt>();
  try {
    for (const training of left) attempts.set(training.run, await Attempt.begin(spool, training, place, left.length));
    const jobs = left.map((training) => ({
      ...trainingOf(training, spool),
      ...{ imageSet, threads, home: options.home },
      checkpoints: attempts.get(training.run)!.folder,
      resume: attempts.get(training.run)!.resume,
    }));
    let ended: 'finished' | 'stopped' = 'finished';
    await runTrainings(jobs, {
      signal: AbortSignal.any([stop, timeIsUp]),
      patience: PATIENCE,
      maxRestarts: job.limits.crashes,
      onMessage: (run, message) => {
        if (message.type === 'checkpoint' && message.bytes > job.limits.checkpointBytes)
          throw new UserError(
            `A checkpoint has ${byteSize(message.bytes)}, and the job allows ${byteSize(job.limits.checkpointBytes)}.`,
          );
        attempts.get(run)!.record(message);
      },
      onRestart: (run, reason, fromStep) => attempts.get(run)!.restarted(reason, fromStep),
      onEnd: (run, outcome) => {
        if (outcome.status === 'stopped') ended = 'stopped';
        else attempts.get(run)!.finish(outcome);
      },
    });
    if (ended === 'finished' || !timeIsUp.aborted) return ended;
    if (![...attempts.values()].some(({ hasAdvanced }) => hasAdvanced))
      throw new UserError(
        'The time limit of the job is over before one more step of the training was done: give the profile a longer --time.',
      );
    return 'again';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined) throw error;
    throw new UserError(`The spool ${spool} can't be written from this node (${messageOf(error)}).`, { cause: error });
  } finally {
    for (const attempt of attempts.values()) attempt.close();
  }
}

/** Reads a job, and finds its spool: the folder above `runs`. Throws a UserError where it is not one of a spool. */
function readJob(file: string): { readonly spool: string; readonly job: Job } {
  const refuse = (why: string): never => {
    throw new UserError(`${file} is not a job of a spool: ${why}.`, { usage: true });
  };
  const path = resolve(file);
  const attempt = dirname(path);
  const runs = dirname(dirname(attempt));
  if (basename(path) !== JOB || basename(runs) !== 'runs') refuse('it does not lie at runs/KEY/attempt-K/job.json');
  let spool: string;
  let job: Job;
  try {
    spool = realpathSync(dirname(runs));
    const [run, k] = [basename(dirname(attempt)), basename(attempt)];
    const text = readInside(spool, `${spool}/runs/${run}/${k}/${JOB}`, MOST_JSON);
    if (!text) return refuse('there is none');
    job = jobSchema.parse(JSON.parse(text.toString('utf8')));
    const first = job.trainings[0];
    if (
      job.run !== run ||
      first.run !== run ||
      attemptFolder(spool, run, first.attempt) !== `${spool}/runs/${run}/${k}`
    )
      refuse('it names another run than its folder');
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse(messageOf(error).split('\n')[0]);
  }
  return { spool, job };
}

/** The job of a training as the trainer takes it, without what is the node's own. */
function trainingOf({ attempt: _, transplant, ...training }: JobTraining, spool: string) {
  if (!transplant || 'seed' in transplant) return { ...training, transplant };
  const { n, head, weights } = transplant;
  const checkpoint = { file: blobFile(spool, weights), sha256: weights.sha256 };
  return { ...training, transplant: { n, head, checkpoint } };
}

/** Has Slurm start this job again, behind others. Resolves to whether it will. */
export function requeue(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const job = environment.SLURM_JOB_ID;
  if (job === undefined) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  execFile('scontrol', ['requeue', job], (error) => resolve(error === null));
  return promise;
}
