import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { writeForOwnerOnly } from '../../process/owner-only.ts';
import type { TaskMessage } from './task.ts';

/**
 * The process of a task: it receives one Task over IPC, sends TaskMessages and exits. Exit code 0 means that it has sent
 * its last message, which is any but `progress`; any other end is a crash.
 */

// The process that started us receives these signals as well, and sends us a message to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody is left to receive the result. SIGKILL, because an orderly exit would wait for native work to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Milliseconds between reports of progress, which is often enough for a progress bar. */
const PROGRESS_EVERY = 100;

const stop = new AbortController();

process.once('message', (task: unknown) => {
  // The only message after the task is the one to stop.
  process.on('message', () => stop.abort());
  void run(task);
});

/** Resolves when the message is sent, or can't be because the channel is closed: `disconnect` follows. */
const send = (message: TaskMessage): Promise<void> => new Promise((resolve) => process.send!(message, () => resolve()));

async function run(task: unknown): Promise<void> {
  // These are loaded late, so that the handlers above are in place before libraries take their time to load.
  const { isExport, taskSchema } = await import('./task.ts');
  const { performTask } = await import('./perform.ts');
  const { Throttle } = await import('./throttle.ts');
  const progress = new Throttle<never>(PROGRESS_EVERY, (value) => void send({ type: 'progress', progress: value }));
  const lastMessage = await Promise.resolve()
    .then(() => {
      const parsed = taskSchema.parse(task);
      if (!isExport(parsed)) writeForOwnerOnly();
      return performTask(parsed, { signal: stop.signal, onProgress: (value) => progress.add(value as never) });
    })
    .then((result): TaskMessage => ({ type: 'result', result }), failure);
  progress.flush();
  await send(lastMessage);
  process.exit(0);
}

function failure(error: unknown): TaskMessage {
  if (error instanceof Cancelled) return { type: 'cancelled' };
  const message = messageOf(error);
  if (error instanceof UserError) return { type: 'user-error', message, usage: error.exitCode === 2 };
  return { type: 'error', message, stack: error instanceof Error ? error.stack : undefined };
}
