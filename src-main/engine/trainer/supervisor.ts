import { SupervisedChild, type ChildEnd, type ChildWork } from '../../process/supervised-child.ts';
import type { RunMessage, TrainerCommand, TrainerMessage, TrainingJob } from './job.ts';

type Evaluated = Extract<TrainerMessage, { type: 'evaluated' }>;

/** How a training ended. */
export type TrainingOutcome =
  | { readonly status: 'finished'; readonly evaluation: Evaluated }
  | { readonly status: 'stopped' }
  | { readonly status: 'failed'; readonly reason: string };

export interface RunTrainingsOptions {
  /** Stops the trainings within `patience`; they end as `stopped`, unless they came to another end in that time. */
  readonly signal: AbortSignal;
  /** Milliseconds that a process gets to end by itself before it is killed; absent: so that stopping takes two seconds. */
  readonly patience?: number;
  /** What it throws ends the process and is thrown by `runTrainings`. */
  readonly onMessage: (run: string, message: TrainerMessage) => void;
  /** Of each training once. One that can't go on ends before the others of its process. */
  readonly onEnd: (run: string, outcome: TrainingOutcome) => void;
  /** Crashes that are answered with a new process. */
  readonly maxRestarts?: number;
  /** When a training goes on after a crash, before its `started`: what happened, and the step that it goes on from. */
  readonly onRestart?: (run: string, reason: string, fromStep: number) => void;
  /** The graphics card that CUDA sees, by its name in CUDA_VISIBLE_DEVICES; absent: all that we see. */
  readonly card?: string;
  /** The id of each process that is started. */
  readonly onSpawn?: (pid: number) => void;
  /** Of each training that is left, when a signal has halted its process. */
  readonly onHalted?: (run: string, pid: number) => void;
}

/** Milliseconds. */
const PATIENCE = 1800;

/** CPU threads for each of so many trainings at once. */
export function divideThreads(cores: number, workers: number): number {
  return Math.max(1, Math.floor(cores / workers));
}

/** Trains in a process that ends with the trainings (`Trainers.run`): when this resolves, its memory is free. */
export async function runTrainings(jobs: readonly TrainingJob[], options: RunTrainingsOptions): Promise<void> {
  const trainers = new Trainers();
  try {
    await trainers.run(jobs, options);
  } finally {
    await trainers.end();
  }
}

/**
 * Milliseconds after which a process takes no further trainings. Starting one takes half a second, which short trainings
 * feel; long ones don't, and what memory a process doesn't give back doesn't add up.
 */
const YOUNG = 60_000;

/** The training processes of a study. Each trains one group after the other as long as it is young. */
export class Trainers {
  readonly #idle: TrainerProcess[] = [];

  /**
   * Trains in one process, several networks side by side where they share frozen layers (`train`), and after a crash in a new
   * one from the last checkpoints. The process ends with ours, however that ends.
   */
  async run(jobs: readonly TrainingJob[], options: RunTrainingsOptions): Promise<void> {
    const {
      signal,
      patience = PATIENCE,
      card,
      onMessage,
      onEnd,
      maxRestarts = 2,
      onRestart,
      onSpawn,
      onHalted,
    } = options;
    /** What has not ended, as it is to go on. */
    const left = new Map(jobs.map((job) => [job.run, job]));
    const evaluations = new Map<string, Evaluated>();
    /** Why the process before this one ended. */
    let crash: string | undefined;
    let failed = false;
    const end = (run: string, outcome: TrainingOutcome) => {
      left.delete(run);
      failed ||= outcome.status === 'failed';
      onEnd(run, outcome);
    };
    const receive = ({ run, message }: RunMessage) => {
      if (message.type === 'started' && crash !== undefined) onRestart?.(run, crash, message.step);
      else if (message.type === 'evaluated') evaluations.set(run, message);
      else if (message.type === 'checkpoint') {
        const { file, sha256 } = message;
        left.set(run, { ...left.get(run)!, resume: { file, sha256 } });
      }
      onMessage(run, message);
      if (message.type === 'finished') end(run, { status: 'finished', evaluation: evaluations.get(run)! });
      else if (message.type === 'stopped') end(run, { status: 'stopped' });
      else if (message.type === 'failed') end(run, { status: 'failed', reason: message.reason });
      return left.size === 0;
    };
    for (let crashes = 0; left.size > 0 && !signal.aborted;) {
      const trainer = this.#take(jobs[0], card);
      const ended = await trainer.train([...left.values()], {
        ...{ signal, patience, onMessage: receive, onSpawn },
        onHalted: (pid) => [...left.keys()].forEach((run) => onHalted?.(run, pid)),
      });
      if (!ended) {
        // Whatever broke a training, the next ones begin without it.
        if (failed || !trainer.isYoung) await trainer.end(patience);
        else this.#idle.push(trainer);
        break;
      }
      crash = reasonOf(ended);
      crashes += 1;
      if (left.size === 0 || signal.aborted || crashes <= maxRestarts) continue;
      const reason = `Given up after crash ${crashes}: ${crash}`;
      for (const run of [...left.keys()]) end(run, { status: 'failed', reason });
    }
    for (const run of [...left.keys()]) end(run, { status: 'stopped' });
  }

  /** Ends the processes that wait for trainings. When this resolves, they are gone and their memory free. */
  async end(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((trainer) => trainer.end(PATIENCE)));
  }

  #take({ engine, home, threads }: TrainingJob, card: string | undefined): TrainerProcess {
    // What a native library was loaded with stays.
    const kind = JSON.stringify([engine, home, threads, card]);
    const place = this.#idle.findIndex((trainer) => trainer.kind === kind && trainer.isYoung);
    return place < 0 ? new TrainerProcess(kind, card) : this.#idle.splice(place, 1)[0];
  }
}

class TrainerProcess {
  /** Equal for those that can do each other's trainings. */
  readonly kind: string;
  readonly #child: SupervisedChild;
  readonly #started = performance.now();

  constructor(kind: string, card: string | undefined) {
    this.kind = kind;
    const environment = card === undefined ? undefined : { CUDA_VISIBLE_DEVICES: card };
    this.#child = new SupervisedChild('trainer', { environment });
  }

  get isYoung(): boolean {
    return this.#child.isRunning && performance.now() - this.#started < YOUNG;
  }

  /** Resolves when they have ended: to undefined, or to how the process ended before that. */
  train(jobs: readonly TrainingJob[], options: Omit<ChildWork<RunMessage>, 'work'>): Promise<ChildEnd | undefined> {
    return this.#child.do({ ...options, work: { type: 'train', jobs } satisfies TrainerCommand });
  }

  end(patience: number): Promise<ChildEnd> {
    this.#child.send({ type: 'end' } satisfies TrainerCommand);
    return this.#child.end(patience);
  }
}

function reasonOf({ how, outOfMemory, lines }: ChildEnd): string {
  const hint = outOfMemory ? '; if memory ran out, use fewer workers or a smaller batch' : '';
  return `the training process ${how}${hint}.${lines && ` Its last lines:\n${lines}`}`;
}
