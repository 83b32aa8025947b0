import type { TrainingJob } from '../engine/trainer/job.ts';
import type { RunTrainingsOptions, TrainingOutcome } from '../engine/trainer/supervisor.ts';
import { AttemptReader, type TakenResult } from './results.ts';
import type { QueuedJob } from './scheduler.ts';
import { messageOfLine } from './spool/curve.ts';

/** What is heard of trainings on a cluster: as of those here, and where they stand in the queue. */
export interface ClusterWatch extends Pick<RunTrainingsOptions, 'signal' | 'onMessage' | 'onEnd' | 'onRestart'> {
  /** It waits: `reason` is the scheduler's word. `again`: it had begun, and its job was put back into the queue. */
  readonly onQueued: (run: string, reason: string, again: boolean) => void;
  readonly onRunning: (run: string, node: string) => void;
  /** Its result is here and has the bytes of its hashes. `onEnd` is not called then. */
  readonly onResult: (run: string, result: TakenResult) => void;
}

/** A job in the queue or on a node. */
export interface Task {
  readonly submission: string;
  readonly index: number;
  readonly array: string;
  readonly members: Set<Tracked>;
  /** Answers of the scheduler without it, one after the other. */
  missing: number;
  /** What the scheduler has said last. */
  entry: QueuedJob | undefined;
}

/** Attempts that end without a result and without any progress before a training is given up. */
const MOST_FAILURES = 3;

/** One training on a cluster, from its being asked for to its end. */
export class Tracked {
  readonly job: TrainingJob;
  readonly #spool: string;
  readonly #watch: ClusterWatch;
  readonly #onEnded: () => void;
  task: Task | undefined;
  hasEnded = false;
  attempt = 0;
  #reader: AttemptReader | undefined;
  /** The last step that was heard of, and what it was when this attempt began. */
  #step = 0;
  #stepAtBegin = 0;
  #failures = 0;
  #told = '';

  constructor(job: TrainingJob, spool: string, watch: ClusterWatch, onEnded: () => void) {
    this.job = job;
    this.#spool = spool;
    this.#watch = watch;
    this.#onEnded = onEnded;
  }

  get run(): string {
    return this.job.run;
  }

  /** An attempt of this number is submitted, or was by another main. */
  follow(attempt: number, task: Task): void {
    this.attempt = attempt;
    this.task = task;
    task.members.add(this);
    this.#reader = new AttemptReader(this.#spool, this.run, attempt);
    this.#stepAtBegin = this.#step;
  }

  /** Passes on what is new in the spool. Returns whether anything is, and whether a result is there. */
  hear(): { readonly isNew: boolean; readonly hasResult: boolean } {
    const { news, hasResult = false } = this.#reader?.look() ?? {};
    if (!news) return { isNew: false, hasResult };
    const { lines, state } = news;
    for (const line of lines) {
      if ('step' in line) this.#step = Math.max(this.#step, line.step);
      const message = messageOfLine(line);
      // How a training ended counts once its result is there, and its weights once they are.
      if (message && ['started', 'point', 'evaluated', 'snapshot'].includes(message.type))
        this.#watch.onMessage(this.run, message);
    }
    if (state) {
      this.#tell(`running ${state.node}`, () => this.#watch.onRunning(this.run, state.node));
      const { step, loss, accuracy, learningRate, imagesPerSecond } = state;
      this.#step = Math.max(this.#step, step);
      if (loss !== null && accuracy !== null && learningRate !== null && imagesPerSecond !== null)
        this.#watch.onMessage(this.run, { type: 'progress', step, loss, accuracy, learningRate, imagesPerSecond });
    }
    return { isNew: true, hasResult };
  }

  /** Passes on what the scheduler says. */
  place({ state, node, reason }: QueuedJob): void {
    if (state === 'running') this.#tell(`running ${node}`, () => this.#watch.onRunning(this.run, node));
    else {
      const again = (this.#reader?.starts ?? 0) > 0;
      this.#tell(`queued ${reason} ${again}`, () => this.#watch.onQueued(this.run, reason, again));
    }
  }

  #tell(what: string, tell: () => void): void {
    if (this.#told === what) return;
    this.#told = what;
    tell();
  }

  /** Its job is gone without a result. Returns whether it is to be tried again; if not, it has ended. */
  lose(why: string): boolean {
    this.task = undefined;
    this.#told = '';
    this.#failures = this.#step > this.#stepAtBegin ? 0 : this.#failures + 1;
    if (this.#failures < MOST_FAILURES) {
      this.#watch.onRestart?.(this.run, why, this.#step);
      return true;
    }
    this.end({ status: 'failed', reason: `Given up after ${MOST_FAILURES} jobs that came no further: ${why}` });
    return false;
  }

  take(result: TakenResult): void {
    this.#watch.onResult(this.run, result);
    this.#end();
  }

  end(outcome: TrainingOutcome): void {
    this.#watch.onEnd(this.run, outcome);
    this.#end();
  }

  #end(): void {
    this.hasEnded = true;
    this.task?.members.delete(this);
    this.#onEnded();
  }
}
