import { writeForOwnerOnly } from '../../process/owner-only.ts';
import type { RunMessage, TrainerCommand, TrainerMessage } from './job.ts';

/**
 * A training process: receives groups of TrainingJobs over IPC, trains one group after the other, and sends the
 * TrainerMessages of each training, the last of which is `finished`, `stopped` or `failed`. It exits with code 0 when it is
 * told to end; any other exit is a crash.
 */

// The parent process receives Ctrl-C and the end of the terminal as well, and tells us to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Without a parent nothing of the training is recorded. SIGKILL, because an orderly exit would wait for a native step to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

// Its checkpoints are all that it writes.
writeForOwnerOnly();

/** Stops the group that came last. */
let stop = new AbortController();
/** Resolves when all that was asked for is done. */
let done = Promise.resolve();
/** Resolves when the last message has left; they leave in order. An error is a closed channel, and `disconnect` follows. */
let sent = Promise.resolve();

function report(run: string, message: TrainerMessage): void {
  const runMessage: RunMessage = { run, message };
  sent = new Promise((resolve) => process.send!(runMessage, () => resolve()));
}

process.on('message', (message: TrainerCommand) => {
  switch (message.type) {
    case 'train':
      stop = new AbortController();
      done = done.then(run.bind(undefined, message.jobs, stop.signal));
      break;
    case 'stop':
      stop.abort();
      break;
    case 'end':
      done = done.then(() => process.exit(0));
  }
});

async function run(jobs: unknown, signal: AbortSignal): Promise<void> {
  // Imported late, so that the handlers above are in place before native libraries take their time.
  const { trainingJobsSchema } = await import('./job.ts');
  const { train } = await import('./train.ts');
  await train(trainingJobsSchema.parse(jobs), { signal, report });
  await sent;
}
