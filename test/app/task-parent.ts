import type { Task } from '../../src-main/app/tasks/task.ts';
import { runTask } from '../../src-main/app/tasks/run-task.ts';
import { Cancelled } from '../../src-main/errors.ts';

// Run by the task tests in a process of its own: starts a task, prints the id of its process once it works, stops it
// upon Ctrl-C and says how it ended.
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
let pid = 0;
let said = false;
const task = JSON.parse(process.argv[2]!) as Extract<Task, { type: 'dead-leaves' }>;
await runTask(task, {
  signal: stop.signal,
  onSpawn: (id) => (pid = id),
  onProgress: () => {
    if (!said) process.stdout.write(`${pid}\n`);
    said = true;
  },
}).then(
  () => process.stdout.write('finished\n'),
  (error: unknown) => process.stdout.write(error instanceof Cancelled ? 'cancelled\n' : `${String(error)}\n`),
);
