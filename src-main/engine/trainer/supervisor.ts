import { messageOf } from '../../errors.ts';
import { startProcess } from '../../process/start.ts';
import type { LastLines } from '../../process/last-lines.ts';
import type { CheckpointFile, TrainerCommand, TrainerMessage, TrainingJob } from './job.ts';

type Evaluated = Extract<TrainerMessage, { type: 'evaluated' }>;

/** How a training ended. */
export type TrainingOutcome =
  | { readonly status: 'finished'; readonly evaluation: Evaluated }
  | { readonly status: 'stopped' }
  | { readonly status: 'failed'; readonly reason: string };

export interface RunTrainingOptions {
  /** Stops the training within two seconds; it ends as `stopped`, unless it came to another end in that time. */
  readonly signal: AbortSignal;
  /** What it throws ends the process and is thrown by `runTraining`. */
  readonly onMessage: (message: TrainerMessage) => void;
  /** Crashes that are answered with a new process. */
  readonly maxRestarts?: number;
  /** When a training goes on after a crash, before its `started`: what happened, and the step that it goes on from. */
  readonly onRestart?: (reason: string, fromStep: number) => void;
  /** The id of each process that is started. */
  readonly onSpawn?: (pid: number) => void;
}

/** Milliseconds that a process gets to end by itself before it is killed. */
const PATIENCE = 1800;

/** CPU threads for each of so many trainings at once. */
export function divideThreads(cores: number, workers: number): number {
  return Math.max(1, Math.floor(cores / workers));
}

/**
 * Trains in a process of its own, and after a crash in a new one from the last checkpoint. When this resolves, the
 * process is gone and its memory free; it ends with our process, too, however that ends.
 */
export async function runTraining(job: TrainingJob, options: RunTrainingOptions): Promise<TrainingOutcome> {
  const { signal, onMessage, maxRestarts = 2, onRestart } = options;
  let resume: CheckpointFile | undefined = job.resume;
  let evaluation: Evaluated | undefined;
  let crash: Crash | undefined;
  const hear = (message: TrainerMessage) => {
    if (message.type === 'started' && crash) onRestart?.(crash.reason, message.step);
    else if (message.type === 'evaluated') evaluation = message;
    else if (message.type === 'checkpoint') resume = { file: message.file, sha256: message.sha256 };
    onMessage(message);
  };
  for (let crashes = 0; !signal.aborted;) {
    const end = await runProcess({ ...job, resume }, hear, options);
    if (end.type === 'failed') return { status: 'failed', reason: end.reason };
    if (end.type === 'finished') return { status: 'finished', evaluation: evaluation! };
    if (end.type === 'stopped' || signal.aborted) break;
    crashes += 1;
    if (crashes > maxRestarts) return { status: 'failed', reason: `Given up after crash ${crashes}: ${end.reason}` };
    crash = end;
  }
  return { status: 'stopped' };
}

type LastWord = Extract<TrainerMessage, { type: 'finished' | 'stopped' | 'failed' }>;
interface Crash {
  readonly type: 'crashed';
  readonly reason: string;
}

/** One process from its start to its end. */
async function runProcess(
  job: TrainingJob,
  hear: (message: TrainerMessage) => void,
  { signal, onSpawn }: RunTrainingOptions,
): Promise<LastWord | Crash> {
  const { child, lastLines } = startProcess('trainer');
  const { promise, resolve, reject } = Promise.withResolvers<LastWord | Crash>();
  let lastWord: LastWord | undefined;
  let failure: { readonly error: unknown } | undefined;
  let patience: NodeJS.Timeout | undefined;
  const killLater = () => (patience ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE));
  // A process that can't be told anything has ended or is about to: `close` tells how.
  const tell = (message: TrainingJob | TrainerCommand) => child.connected && child.send(message, () => {});
  const stop = () => {
    tell({ type: 'stop' });
    killLater();
  };
  child.on('message', (message: TrainerMessage) => {
    if (message.type === 'finished' || message.type === 'stopped' || message.type === 'failed') {
      lastWord = message;
      killLater();
    }
    try {
      hear(message);
    } catch (error) {
      failure = { error };
      child.removeAllListeners('message').kill('SIGKILL');
    }
  });
  child.once('error', (error) => {
    resolve({ type: 'crashed', reason: `the training process could not be started (${messageOf(error)})` });
  });
  // After the last output and the last message, unlike `exit`.
  child.once('close', (code, killedBy) => {
    if (failure) reject(failure.error);
    else resolve(lastWord ?? crashOf(code, killedBy, lastLines));
  });
  signal.addEventListener('abort', stop);
  try {
    if (child.pid !== undefined) onSpawn?.(child.pid);
    tell(job);
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(patience);
  }
}

function crashOf(code: number | null, killedBy: NodeJS.Signals | null, lastLines: LastLines): Crash {
  const how = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`;
  // The out-of-memory killer of Linux leaves no other trace.
  const hint = killedBy === 'SIGKILL' ? '; if memory ran out, use fewer workers or a smaller batch' : '';
  const lines = lastLines.toString();
  return { type: 'crashed', reason: `the training process ${how}${hint}.${lines && ` Its last lines:\n${lines}`}` };
}
