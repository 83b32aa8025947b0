import { Cancelled, UserError } from '../../errors.ts';
import { startProcess } from '../../process/start.ts';
import { crashOf, startFailure } from './crash.ts';
import type { Task, TaskCommand, TaskMessage, TaskProgress, TaskResult } from './task.ts';

export interface RunTaskOptions<Progress> {
  /** Stops the work within five seconds; it ends as Cancelled, unless it came to another end in that time. */
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, and with the last progress in any case. What it throws ends the work. */
  readonly onProgress?: (progress: Progress) => void;
  /** The id of the process. */
  readonly onSpawn?: (pid: number) => void;
}

/** Milliseconds that a process gets to end by itself: an import that is stopped removes what it has written. */
const PATIENCE = 5000;

/**
 * Does a task in a process of its own. When this settles, the process is gone and its memory free; it ends with our
 * process, too, however that ends.
 *
 * Errors: the task's own UserErrors; a UserError for a process that crashed; Cancelled; an Error with the task's stack
 * for a bug.
 */
export async function runTask<Type extends Task['type']>(
  task: Extract<Task, { type: Type }>,
  options: RunTaskOptions<TaskProgress<Type>> = {},
): Promise<TaskResult<Type>> {
  if (options.signal?.aborted) throw new Cancelled();
  const ending = await lastWord<Type>(task, options);
  switch (ending.type) {
    case 'result':
      return ending.result;
    case 'cancelled':
      throw new Cancelled();
    case 'user-error':
      throw new UserError(ending.message, { usage: ending.usage });
    case 'error':
      throw Object.assign(new Error(ending.message), { stack: ending.stack });
  }
}

type LastWord<Type extends Task['type']> = Exclude<TaskMessage<Type>, { type: 'progress' }>;

/** One process from its start to its end. */
async function lastWord<Type extends Task['type']>(
  task: Task,
  { signal, onProgress, onSpawn }: RunTaskOptions<TaskProgress<Type>>,
): Promise<LastWord<Type>> {
  const { child, lastLines } = startProcess('task');
  const { promise, resolve, reject } = Promise.withResolvers<LastWord<Type>>();
  let last: LastWord<Type> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let patience: NodeJS.Timeout | undefined;
  const killLater = () => (patience ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE));
  // A process that can't be told anything has ended or is about to: `close` tells how.
  const tell = (message: Task | TaskCommand) => child.connected && child.send(message, () => {});
  const stop = () => {
    tell({ type: 'stop' });
    killLater();
  };
  child.on('message', (message: TaskMessage<Type>) => {
    if (message.type !== 'progress') {
      last = message;
      killLater();
      return;
    }
    try {
      onProgress?.(message.progress);
    } catch (error) {
      failure = { error };
      child.removeAllListeners('message').kill('SIGKILL');
    }
  });
  child.once('error', (error) => reject(startFailure(task, error)));
  // After the last output and the last message, unlike `exit`.
  child.once('close', (code, killedBy) => {
    if (failure) reject(failure.error);
    else if (last) resolve(last);
    else if (signal?.aborted) resolve({ type: 'cancelled' });
    else reject(crashOf(task, { code, killedBy, lines: lastLines.toString() }));
  });
  signal?.addEventListener('abort', stop);
  try {
    // First of all: to stop means something only to a process that has its task.
    tell(task);
    if (child.pid !== undefined) onSpawn?.(child.pid);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(patience);
  }
}
