import { writeForOwnerOnly } from '../../process/owner-only.ts';
import type { RunMessage, TrainerCommand, TrainerMessage } from './job.ts';

/**
 * A training process: receives its TrainingJobs over IPC, sends the TrainerMessages of each, and exits. Exit code 0 means
 * that the last message of each was `finished`, `stopped` or `failed`; any other exit is a crash.
 */

// The parent process receives Ctrl-C and the end of the terminal as well, and tells us to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Without a parent nothing of the training is recorded. SIGKILL, because an orderly exit would wait for a native step to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

// Its checkpoints are all that it writes.
writeForOwnerOnly();

const stop = new AbortController();
/** Resolves when the last message has left; they leave in order. An error is a closed channel, and `disconnect` follows. */
let sent = Promise.resolve();

function report(run: string, message: TrainerMessage): void {
  const runMessage: RunMessage = { run, message };
  sent = new Promise((resolve) => process.send!(runMessage, () => resolve()));
}

process.once('message', (jobs: unknown) => {
  process.on('message', ({ type }: TrainerCommand) => {
    if (type === 'stop') stop.abort();
  });
  void run(jobs);
});

async function run(jobs: unknown): Promise<void> {
  // Imported late, so that the handlers above are in place before native libraries take their time.
  const { trainingJobsSchema } = await import('./job.ts');
  const { train } = await import('./train.ts');
  await train(trainingJobsSchema.parse(jobs), { signal: stop.signal, report });
  await sent;
  process.exit(0);
}
