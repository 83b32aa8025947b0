import { constants, getPriority } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { runTrainings } from '../../src-main/engine/trainer/supervisor.ts';
import { trainingGround } from './trainer-job.ts';

test('a training yields to what a person waits for', async () => {
  const ground = await trainingGround();
  onTestFinished(() => ground.remove());
  const priorities: number[] = [];
  const stop = new AbortController();
  await runTrainings([ground.job()], {
    signal: stop.signal,
    onSpawn: (pid) => priorities.push(getPriority(pid)),
    onEnd: () => {},
    onMessage: () => stop.abort(),
  });
  expect(priorities).toHaveLength(1);
  expect(priorities[0]).toBeGreaterThanOrEqual(constants.priority.PRIORITY_BELOW_NORMAL);
});
