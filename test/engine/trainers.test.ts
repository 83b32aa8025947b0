import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { Trainers, type TrainingOutcome } from '../../src-main/engine/trainer/supervisor.ts';
import { isRunning } from '../process/grandchild.ts';
import { trainingGround } from './trainer-job.ts';

let ground: Awaited<ReturnType<typeof trainingGround>>;
beforeAll(async () => {
  ground = await trainingGround();
});
afterAll(() => ground.remove());

const short = (changes: Partial<TrainingJob> = {}) => ground.job({ steps: 6, ...changes });
const endless = () => ground.job({ steps: 1e6 });

interface Watch {
  readonly signal?: AbortSignal;
  readonly card?: string;
  readonly onMessage?: (message: TrainerMessage, pid: number) => void;
}

/** Trains a group of one, and says in which processes. */
async function trained(trainers: Trainers, job: TrainingJob, watch: Watch = {}) {
  const processes: number[] = [];
  const restarts: string[] = [];
  let outcome: TrainingOutcome | undefined;
  let sha256: string | undefined;
  await trainers.run([job], {
    signal: watch.signal ?? new AbortController().signal,
    card: watch.card,
    onSpawn: (pid) => processes.push(pid),
    onRestart: (_run, reason) => restarts.push(reason),
    onEnd: (_run, ended) => (outcome = ended),
    onMessage: (_run, message) => {
      if (message.type === 'checkpoint') sha256 = message.sha256;
      watch.onMessage?.(message, processes.at(-1)!);
    },
  });
  return { processes, restarts, status: outcome!.status, sha256 };
}

describe('the trainers of a study', () => {
  test('train one group after the other in one process, each to the bytes that it has alone, and end with the last', async () => {
    const jobs = [short({ seed: 'one' }), short({ seed: 'other' }), short({ seed: 'one' })];
    const trainers = new Trainers();
    const together = [];
    for (const job of jobs) together.push(await trained(trainers, job));
    const [first] = together[0].processes;
    expect(together.map(({ processes }) => processes)).toEqual([[first], [first], [first]]);
    expect(isRunning(first)).toBe(true);
    await trainers.end();
    expect(isRunning(first)).toBe(false);
    const alone = new Trainers();
    const { sha256 } = await trained(alone, short({ seed: 'other' }));
    await alone.end();
    expect(together[1].sha256).toBe(sha256);
    expect(together[2].sha256).toBe(together[0].sha256);
    expect(together[0].sha256).not.toBe(sha256);
  });

  test('are as many as there are groups at once, and one for each card and number of threads', async () => {
    const trainers = new Trainers();
    const both = await Promise.all([trained(trainers, short()), trained(trainers, short())]);
    const [one, other] = both.map(({ processes }) => processes[0]);
    expect(other).not.toBe(one);
    const next = await trained(trainers, short());
    expect([one, other]).toContain(next.processes[0]);
    for (const different of [
      await trained(trainers, short({ threads: 2 })),
      await trained(trainers, short(), { card: 'GPU-a' }),
    ])
      expect([one, other]).not.toContain(different.processes[0]);
    await trainers.end();
  });

  test('a crash costs its own group a restart, and the next one nothing', async () => {
    const trainers = new Trainers();
    const before = await trained(trainers, short());
    let killed = false;
    const crashed = await trained(trainers, short(), {
      onMessage: ({ type }, pid) => {
        if (killed || type !== 'started') return;
        killed = true;
        process.kill(pid, 'SIGKILL');
      },
    });
    expect(crashed).toMatchObject({ status: 'finished', restarts: [expect.stringContaining('was ended by SIGKILL')] });
    expect(crashed.processes).toEqual([before.processes[0], expect.any(Number)]);
    const after = await trained(trainers, short());
    expect(after).toMatchObject({ status: 'finished', restarts: [], processes: [crashed.processes[1]] });
    expect(after.sha256).toBe(before.sha256);
    await trainers.end();
  });

  test('one that is killed while it waits is not asked again', async () => {
    const trainers = new Trainers();
    const before = await trained(trainers, short());
    process.kill(before.processes[0], 'SIGKILL');
    const after = await trained(trainers, short());
    expect(after.status).toBe('finished');
    expect(after.processes.at(-1)).not.toBe(before.processes[0]);
    await trainers.end();
  });

  test('what has failed takes its process with it', async () => {
    const trainers = new Trainers();
    const failed = await trained(trainers, short({ imageSet: '/nowhere' }));
    expect(failed.status).toBe('failed');
    expect(isRunning(failed.processes[0])).toBe(false);
    const after = await trained(trainers, short());
    expect(after).toMatchObject({ status: 'finished', restarts: [] });
    await trainers.end();
  });

  test('stop within two seconds, those that wait as well', async () => {
    const trainers = new Trainers();
    const waiting = await Promise.all([trained(trainers, short()), trained(trainers, short())]);
    const stop = new AbortController();
    let began = 0;
    const stopped = await trained(trainers, endless(), {
      signal: stop.signal,
      onMessage: ({ type }) => {
        if (type !== 'progress' || stop.signal.aborted) return;
        began = performance.now();
        stop.abort();
      },
    });
    await trainers.end();
    expect(performance.now() - began).toBeLessThan(2000);
    expect(stopped.status).toBe('stopped');
    for (const { processes } of waiting) expect(isRunning(processes[0])).toBe(false);
  });
});
