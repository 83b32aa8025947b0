import type { TrainerCommand, TrainerMessage, TrainerSaid } from './job.ts';

/**
 * A training process: gets its TrainingJobs over IPC, says TrainerMessages of each, ends. Exit code 0 means that the last
 * of each was `finished`, `stopped` or `failed`; any other end is a crash.
 */

// Whoever started us hears Ctrl-C and the end of the terminal as well, and tells us to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Without it nobody can record what we do. SIGKILL, because an orderly exit would wait for a native step to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stop = new AbortController();
/** The fate of the message that was said last; messages leave in order. An error is a closed channel: `disconnect` follows. */
let sent = Promise.resolve();

function say(run: string, message: TrainerMessage): void {
  const said: TrainerSaid = { run, message };
  sent = new Promise((resolve) => process.send!(said, () => resolve()));
}

process.once('message', (jobs: unknown) => {
  process.on('message', ({ type }: TrainerCommand) => {
    if (type === 'stop') stop.abort();
  });
  void run(jobs);
});

async function run(jobs: unknown): Promise<void> {
  // Loaded late, so that the handlers above stand before native libraries take their time.
  const { trainingJobsSchema } = await import('./job.ts');
  const { train } = await import('./train.ts');
  await train(trainingJobsSchema.parse(jobs), { signal: stop.signal, say });
  await sent;
  process.exit(0);
}
