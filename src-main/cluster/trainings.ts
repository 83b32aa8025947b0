import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TrainingJob } from '../engine/trainer/job.ts';
import { messageOf, UserError } from '../errors.ts';
import { writeJob } from './make-job.ts';
import { attemptsOf, removeWeights, resultOf, takeResult } from './results.ts';
import { type QueuedJob, type Scheduler, taskName } from './scheduler.ts';
import { OutOfReach } from './slurm/command.ts';
import { Blobs } from './spool/blobs.ts';
import { Damaged } from './spool/hashed-copy.ts';
import type { ImageFiles } from './spool/job-file.ts';
import { submissionFolder } from './spool/layout.ts';
import { readInside } from './spool/safe-files.ts';
import { newSubmissionId, noteArray, noteSubmission, submissionsIn } from './submissions.ts';
import { type ClusterWatch, type Task, Tracked } from './tracked.ts';

/** Nothing can be trained on the cluster as it is described, or its spool can't be used. */
export class ClusterLost extends UserError {}

export interface Clock {
  now(): number;
  /** Resolves after so many milliseconds, or sooner where the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface ClusterOptions {
  /** The spool as this machine sees it. */
  readonly spool: string;
  readonly scheduler: Scheduler;
  /** Jobs that run at once, at most. */
  readonly atOnce?: number;
  /** Milliseconds between looks into the spool, at least. */
  readonly look?: number;
  /** Milliseconds between questions to the scheduler, at least. */
  readonly ask?: number;
  /** Copies what is new to a spool that this machine doesn't see, and what is new there to here. */
  readonly copy?: { push(): Promise<void>; pull(): Promise<void> };
  /** Is told once each time that the scheduler can't be reached. */
  readonly onTrouble?: (sentence: string) => void;
  /** Seconds between checkpoints, at least. A network file system is slower than a disk; they change no number. */
  readonly checkpointEvery?: number;
  readonly clock?: Clock;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }).catch(() => {}),
};

const CHECKPOINT_EVERY = 60;
const LOOK = 1000;
const ASK = 10_000;
/** A look at each job takes about a millisecond of a network file system, and a hundredth of the time may go there. */
const LOOK_FOR_EACH = 20;
const MOST_LOOK = 15_000;
/** Slurm's controller serves everybody. */
const ASK_FOR_EACH = 30;
const MOST_ASK = 60_000;
/** Jobs of which those that wait are looked at, too: they may have begun and ended between two answers. */
const FEW = 500;
/** Milliseconds in which groups that become ready at once come together in one array. */
const TOGETHER = 50;
/** Jobs of one array: what Slurm allows where nobody has changed it. */
const MOST_JOBS = 1000;
/** Answers of the scheduler without a job before it counts as gone: its files may come later than its end. */
const GONE_AFTER = 2;

/** Trainings that are one job. */
type Unit = readonly Tracked[];

interface Earlier {
  readonly submission: string;
  readonly array: string | undefined;
  readonly index: number;
  readonly attempt: number;
}

/**
 * Trains on a cluster: jobs are written into the spool and submitted as arrays, and what they leave there is held to its hashes
 * and taken. The spool is the truth; the scheduler is asked sparingly, and only about what waits and what is gone. What an earlier
 * main has submitted is found again. Nothing here keeps the cluster from going on when this process ends.
 */
export class ClusterTrainings {
  readonly #options: ClusterOptions;
  readonly #clock: Clock;
  readonly #blobs: Blobs;
  readonly #images = new Map<string, ImageFiles>();
  /** Groups of which nothing is known yet, and those that are to be submitted. */
  #arrived: Unit[] = [];
  #waiting: Unit[] = [];
  #open: { readonly unit: Unit; readonly fail: (error: unknown) => void }[] = [];
  /** By `taskName`. */
  readonly #tasks = new Map<string, Task>();
  /** The last submission of each run by an earlier main. */
  #earlier: ReadonlyMap<string, Earlier> | undefined;
  #queue: ReadonlyMap<string, QueuedJob> = new Map();
  #askedAt = -Infinity;
  /** A submission of which it is not known whether the scheduler has taken it, and how many of its answers were without it. */
  #unsure: { readonly id: string; readonly units: readonly Unit[]; missing: number } | undefined;
  /** The newest array, and how many of its jobs may run at once. */
  #limited: { readonly array: string; readonly atOnce: number } | undefined;
  #inTrouble = false;
  #submissions = 0;
  #isWorking = false;
  #wake = new AbortController();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? REAL_CLOCK;
    this.#blobs = new Blobs(options.spool);
  }

  /**
   * Trains a group as one job. Resolves when each of its trainings has ended, or was stopped by the signal, which all groups
   * share. Throws ClusterLost.
   */
  async run(jobs: readonly TrainingJob[], watch: ClusterWatch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const unit: Unit = jobs.map(
      (job) => new Tracked(job, this.#options.spool, watch, () => unit.every(({ hasEnded }) => hasEnded) && resolve()),
    );
    const entry = { unit, fail: reject };
    this.#open.push(entry);
    this.#arrived.push(unit);
    const wake = () => this.#wake.abort();
    wake();
    watch.signal.addEventListener('abort', wake);
    if (!this.#isWorking) void this.#work(watch.signal);
    try {
      await promise;
    } finally {
      watch.signal.removeEventListener('abort', wake);
      this.#open.splice(this.#open.indexOf(entry), 1);
    }
  }

  /** Goes round for as long as anything is under way. */
  async #work(signal: AbortSignal): Promise<void> {
    this.#isWorking = true;
    try {
      while (this.#open.length > 0) {
        this.#wake = new AbortController();
        await this.#clock.sleep(TOGETHER, signal);
        if (signal.aborted) return await this.#stop();
        await this.#round();
        const { look = LOOK } = this.#options;
        if (!signal.aborted)
          await this.#clock.sleep(
            Math.max(look, Math.min(MOST_LOOK, this.#tasks.size * LOOK_FOR_EACH)),
            this.#wake.signal,
          );
      }
    } catch (error) {
      const lost = error instanceof UserError ? new ClusterLost(error.message, { cause: error }) : error;
      for (const { fail } of [...this.#open]) fail(lost);
    } finally {
      this.#isWorking = false;
    }
  }

  async #round(): Promise<void> {
    await this.#options.copy?.pull().catch((error: unknown) => this.#bear(error));
    await this.#settleUnsure();
    const { ask = ASK } = this.#options;
    const needed = this.#tasks.size > 0 || this.#arrived.length > 0;
    const isDue =
      needed && this.#clock.now() - this.#askedAt >= Math.max(ask, Math.min(MOST_ASK, this.#tasks.size * ASK_FOR_EACH));
    const answered = isDue && (await this.#ask());
    await this.#admit();
    // Of ten thousand jobs that wait nothing is new between two answers.
    const isOfInterest = ({ entry }: Task) => answered || entry?.state !== 'queued' || this.#tasks.size <= FEW;
    for (const task of [...this.#tasks.values()].filter(isOfInterest)) await this.#follow(task, answered);
    if (answered) await this.#widen().catch((error: unknown) => this.#bear(error));
    await this.#submit();
  }

  /** Asks the scheduler; resolves to whether it has answered. */
  async #ask(): Promise<boolean> {
    try {
      this.#queue = await this.#options.scheduler.queue();
      this.#askedAt = this.#clock.now();
      this.#inTrouble = false;
      return true;
    } catch (error) {
      this.#bear(error);
      return false;
    }
  }

  /** Throws what is no passing trouble of the connection, and says once what is. */
  #bear(error: unknown): void {
    // Where nothing was ever reached, it is not the connection that was lost.
    if (!(error instanceof OutOfReach) || (this.#askedAt === -Infinity && this.#submissions === 0)) throw error;
    this.#askedAt = this.#clock.now();
    if (!this.#inTrouble) this.#options.onTrouble?.(error.message);
    this.#inTrouble = true;
  }

  /** Finds out of groups that were asked for what has been done already, and what is under way. */
  async #admit(): Promise<void> {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const unit of arrived) {
      const left: Tracked[] = [];
      for (const tracked of unit)
        if (!(await this.#takeEarlier(tracked)) && !(await this.#adopt(tracked))) left.push(tracked);
      if (left.length > 0) this.#waiting.push(left);
    }
  }

  /** Takes a result of any attempt. */
  async #takeEarlier(tracked: Tracked): Promise<boolean> {
    for (const attempt of attemptsOf(this.#options.spool, tracked.run).reverse())
      if ((await this.#take(tracked, attempt)) === 'taken') return true;
    return false;
  }

  /** Follows the job of an earlier main, where the scheduler still has it. */
  async #adopt(tracked: Tracked): Promise<boolean> {
    this.#earlier ??= earlierIn(this.#options.spool);
    const found = this.#earlier.get(tracked.run);
    // A job that has failed may stay in the queue for a while; to begin the study again is to try it again.
    if (!found || resultOf(this.#options.spool, tracked.run, found.attempt)) return false;
    const array = found.array ?? (await this.#options.scheduler.find(found.submission));
    if (array === undefined) return false;
    if (this.#askedAt === -Infinity) await this.#ask();
    const { submission, index } = found;
    const name = taskName(array, index);
    const entry = this.#queue.get(name);
    if (!entry) return false;
    const task = this.#tasks.get(name) ?? { submission, index, array, members: new Set(), missing: 0, entry };
    this.#tasks.set(name, task);
    tracked.follow(found.attempt, task);
    return true;
  }

  /** Jobs of the newest array that may run beside those of older ones, which all have begun; undefined: any number. */
  get #room(): number | undefined {
    const { atOnce } = this.#options;
    if (atOnce === undefined) return undefined;
    const others = [...this.#tasks.values()].filter(({ array }) => array !== this.#limited?.array);
    return Math.max(1, atOnce - others.length);
  }

  /** Lets the newest array have what older ones no longer need of the limit. */
  async #widen(): Promise<void> {
    const room = this.#room;
    if (!this.#limited || room === undefined || room <= this.#limited.atOnce) return;
    await this.#options.scheduler.setLimit(this.#limited.array, room);
    this.#limited = { ...this.#limited, atOnce: room };
  }

  /** Looks what a job has left in the spool, and whether it is gone. */
  async #follow(task: Task, answered: boolean): Promise<void> {
    if (answered) task.entry = this.#queue.get(taskName(task.array, task.index));
    if (task.entry?.state === 'queued' && this.#tasks.size > FEW) {
      for (const tracked of task.members) tracked.place(task.entry);
      return;
    }
    let isHeard = false;
    for (const tracked of [...task.members]) {
      if (task.entry && answered) tracked.place(task.entry);
      const { isNew, hasResult } = tracked.hear();
      isHeard ||= isNew;
      if (hasResult && (await this.#take(tracked, tracked.attempt)) === 'damaged') task.missing = GONE_AFTER;
    }
    if (task.members.size === 0) return this.#forget(task);
    if (task.entry || isHeard) task.missing = 0;
    else if (answered) task.missing += 1;
    if (task.missing >= GONE_AFTER) this.#lose(task);
  }

  /** Takes the result of an attempt, if it is there and what it says is. */
  async #take(tracked: Tracked, attempt: number): Promise<'taken' | 'damaged' | 'none'> {
    const { spool } = this.#options;
    const result = resultOf(spool, tracked.run, attempt);
    if (!result) return 'none';
    if (result.status === 'failed') {
      // To begin the study again is to try it again.
      if (!tracked.task) return 'none';
      tracked.end({ status: 'failed', reason: result.reason });
      return 'taken';
    }
    try {
      tracked.take(await takeResult(spool, result, tracked.job.checkpoints));
    } catch (error) {
      if (error instanceof Damaged) return 'damaged';
      throw error;
    }
    removeWeights(spool, tracked.run);
    return 'taken';
  }

  /** A job ended without a result: what it left is gone on from by another one. */
  #lose(task: Task): void {
    this.#forget(task);
    const why = this.#lastWords(task);
    if (DAMAGED_BLOB.test(why)) {
      this.#blobs.forget();
      this.#images.clear();
    }
    const left = [...task.members].filter((tracked) => tracked.lose(why));
    task.members.clear();
    if (left.length > 0) this.#waiting.push(left);
  }

  #forget({ array, index }: Task): void {
    this.#tasks.delete(taskName(array, index));
  }

  #lastWords({ submission, index, array }: Task): string {
    const { spool } = this.#options;
    const name = `its job ${taskName(array, index)} ended without a result`;
    try {
      const printed = readInside(spool, join(submissionFolder(spool, submission), `${index}.log`), MOST_LOG);
      const lines = (printed?.toString('utf8') ?? '').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
      return lines === '' ? `${name} and printed nothing.` : `${name}. Its last lines:\n${lines}`;
    } catch (error) {
      return `${name}; ${messageOf(error)}`;
    }
  }

  /** Submits what waits, in arrays. With a limit of jobs at once, one array waits for the other. */
  async #submit(): Promise<void> {
    const { atOnce } = this.#options;
    const tasks = [...this.#tasks.values()];
    const isFull =
      atOnce !== undefined && (tasks.length >= atOnce || tasks.some(({ entry }) => entry?.state !== 'running'));
    if (this.#unsure || isFull) return;
    while (this.#waiting.length > 0 && !this.#unsure) {
      const units = this.#waiting.splice(0, MOST_JOBS);
      await this.#submitArray(units);
      if (atOnce !== undefined) return;
    }
  }

  async #submitArray(units: readonly Unit[]): Promise<void> {
    const { spool, checkpointEvery = CHECKPOINT_EVERY } = this.#options;
    this.#submissions += 1;
    const id = newSubmissionId(Date.now(), this.#submissions);
    try {
      for (const unit of units) {
        for (const tracked of unit) tracked.attempt = (attemptsOf(spool, tracked.run).at(-1) ?? 0) + 1;
        await writeJob(spool, this.#blobs, await this.#imagesOf(unit[0].job.imageSet), unit, checkpointEvery);
      }
      noteSubmission(spool, id, {
        jobs: units.map((unit) => unit.map(({ run, attempt }) => ({ run, attempt }))),
      });
    } catch (error) {
      throw new UserError(`The spool ${spool} can't be written: ${messageOf(error)}.`, { cause: error });
    }
    this.#unsure = { id, units, missing: 0 };
    await this.#trySubmitting();
  }

  /** Submits, or finds out whether that had been done before the connection was lost. */
  async #settleUnsure(): Promise<void> {
    if (!this.#unsure) return;
    try {
      const array = await this.#options.scheduler.find(this.#unsure.id);
      if (array !== undefined) return this.#submitted(array);
      // A controller that was too busy to answer may still take it.
      this.#unsure.missing += 1;
      if (this.#unsure.missing >= GONE_AFTER) await this.#trySubmitting();
    } catch (error) {
      this.#bear(error);
    }
  }

  async #trySubmitting(): Promise<void> {
    const { id, units } = this.#unsure!;
    try {
      await this.#options.copy?.push();
      this.#limited = undefined;
      const atOnce = this.#room;
      const array = await this.#options.scheduler.submit({ id, jobs: units.length, atOnce });
      if (atOnce !== undefined) this.#limited = { array, atOnce };
      this.#submitted(array);
    } catch (error) {
      this.#bear(error);
    }
  }

  #submitted(array: string): void {
    const { id, units } = this.#unsure!;
    this.#unsure = undefined;
    noteArray(this.#options.spool, id, array);
    for (const [index, unit] of units.entries()) {
      const entry: QueuedJob = { state: 'queued', node: '', reason: '' };
      const task: Task = { submission: id, index, array, members: new Set(), missing: 0, entry };
      this.#tasks.set(taskName(array, index), task);
      for (const tracked of unit) {
        tracked.follow(tracked.attempt, task);
        tracked.place(entry);
      }
    }
  }

  /** The blobs of an image set; written anew where somebody has emptied the spool. */
  async #imagesOf(folder: string): Promise<ImageFiles> {
    const known = this.#images.get(folder);
    if (known && this.#blobs.have(known.files)) return known;
    const images = await this.#blobs.putImages(folder);
    this.#images.set(folder, images);
    return images;
  }

  /** Takes back what waits, and lets what runs write a checkpoint, which it does without us. */
  async #stop(): Promise<void> {
    const arrays = [...new Set([...this.#tasks.values()].map(({ array }) => array))];
    try {
      if (arrays.length > 0) await this.#options.scheduler.cancel(arrays);
    } catch (error) {
      this.#options.onTrouble?.(`What waits on the cluster could not be taken back: ${messageOf(error)}`);
    } finally {
      this.#tasks.clear();
      this.#arrived = [];
      this.#waiting = [];
      for (const { unit } of [...this.#open])
        for (const tracked of unit) if (!tracked.hasEnded) tracked.end({ status: 'stopped' });
    }
  }
}

/** What a worker says of a blob that is not what its name says (spool/hashed-copy.ts); main writes it anew. */
const DAMAGED_BLOB = /other bytes than its hash|bytes instead of|missing or damaged|is not in the spool|ENOENT|ELOOP/;

const MOST_LOG = 64 * 2 ** 20;
const LAST_LINES = 20;

function earlierIn(spool: string): ReadonlyMap<string, Earlier> {
  return new Map(
    submissionsIn(spool).flatMap(({ id, array, jobs }) =>
      jobs.flatMap((job, index) =>
        job.map(({ run, attempt }) => [run, { submission: id, array, index, attempt }] as const),
      ),
    ),
  );
}
