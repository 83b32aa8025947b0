import { Cancelled, messageOf, UserError } from '../../errors.ts';
import type { TaskMessage } from './task.ts';

/**
 * The process of a task: gets one Task over IPC, says TaskMessages, ends. Exit code 0 means that the last of them was not
 * `progress`; any other end is a crash.
 */

// Whoever started us hears Ctrl-C and the end of the terminal as well, and tells us to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody is left to hear the result. SIGKILL, because an orderly exit would wait for native work to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Milliseconds between reports of progress: often enough for eyes. */
const PROGRESS_EVERY = 100;

const stop = new AbortController();

process.once('message', (task: unknown) => {
  // The only thing that is said after the task.
  process.on('message', () => stop.abort());
  void run(task);
});

/** Resolves when the message has left, or can't any more because the channel is closed: `disconnect` follows. */
const say = (message: TaskMessage): Promise<void> => new Promise((resolve) => process.send!(message, () => resolve()));

async function run(task: unknown): Promise<void> {
  // Loaded late, so that the handlers above stand before libraries take their time.
  const { taskSchema } = await import('./task.ts');
  const { performTask } = await import('./perform.ts');
  const { Throttle } = await import('./throttle.ts');
  const progress = new Throttle<never>(PROGRESS_EVERY, (value) => void say({ type: 'progress', progress: value }));
  const ending = await Promise.resolve()
    .then(() =>
      performTask(taskSchema.parse(task), { signal: stop.signal, onProgress: (value) => progress.add(value as never) }),
    )
    .then((result): TaskMessage => ({ type: 'result', result }), failure);
  progress.flush();
  await say(ending);
  process.exit(0);
}

function failure(error: unknown): TaskMessage {
  if (error instanceof Cancelled) return { type: 'cancelled' };
  const message = messageOf(error);
  if (error instanceof UserError) return { type: 'user-error', message, usage: error.exitCode === 2 };
  return { type: 'error', message, stack: error instanceof Error ? error.stack : undefined };
}
