import type { TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { runTraining } from '../../src-main/engine/trainer/supervisor.ts';

// Run by the trainer tests in a process of its own, which they kill: starts a training and prints its process id.
let pid = 0;
await runTraining(JSON.parse(process.argv[2]!) as TrainingJob, {
  signal: new AbortController().signal,
  onSpawn: (id) => (pid = id),
  onMessage: ({ type }) => {
    if (type === 'started') process.stdout.write(`${pid}\n`);
  },
});
