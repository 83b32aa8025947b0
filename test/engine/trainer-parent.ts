import type { TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { runTrainings } from '../../src-main/engine/trainer/supervisor.ts';

// Run by the trainer tests in a process of its own: starts a training, prints the id of its process, stops on Ctrl-C,
// and prints what the training said last.
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
const processes: number[] = [];
const said: string[] = [];
await runTrainings([JSON.parse(process.argv[2]!) as TrainingJob], {
  signal: stop.signal,
  onEnd: () => {},
  onSpawn: (id) => processes.push(id),
  onMessage: (_run, { type }) => {
    said.push(type);
    if (type === 'started') process.stdout.write(`${processes[0]}\n`);
  },
});
process.stdout.write(`${said.slice(-2).join(', ')}; ${processes.length} process\n`);
