import type { TrainerCommand, TrainerMessage } from './job.ts';

/**
 * A training process: gets one TrainingJob over IPC, says TrainerMessages, ends. Exit code 0 means that the last of
 * them was `finished`, `stopped` or `failed`; any other end is a crash.
 */

// Whoever started us hears Ctrl-C and the end of the terminal as well, and tells us to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Without it nobody can record what we do. SIGKILL, because an orderly exit would wait for a native step to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stop = new AbortController();
/** The fate of the message that was said last; messages leave in order. An error is a closed channel: `disconnect` follows. */
let sent = Promise.resolve();

function say(message: TrainerMessage): void {
  sent = new Promise((resolve) => process.send!(message, () => resolve()));
}

process.once('message', (job: unknown) => {
  process.on('message', ({ type }: TrainerCommand) => {
    if (type === 'stop') stop.abort();
  });
  void run(job);
});

async function run(job: unknown): Promise<void> {
  // Loaded late, so that the handlers above stand before native libraries take their time.
  const { trainingJobSchema } = await import('./job.ts');
  const { train } = await import('./train.ts');
  await train(trainingJobSchema.parse(job), { signal: stop.signal, say });
  await sent;
  process.exit(0);
}
