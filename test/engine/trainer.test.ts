import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { divideThreads } from '../../src-main/engine/trainer/supervisor.ts';
import { layerQualities } from '../../src-main/network/layer-quality.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { readCheckpoint, writeCheckpoint } from '../../src-main/store/checkpoints.ts';
import { grandchild, hasEnded, isRunning } from '../process/grandchild.ts';
import { trainingGround } from './trainer-job.ts';
import { lastingOf, run, type Message } from './trainer-run.ts';

let ground: Awaited<ReturnType<typeof trainingGround>>;
beforeAll(async () => {
  ground = await trainingGround();
});
afterAll(() => ground.remove());

describe('a training', () => {
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    whole = await run(ground.job());
  });

  test('learns, says so in order, and leaves its final checkpoint', async () => {
    const { outcome, said, all } = whole;
    const steps = (90 * 48) / 10;
    expect(said[0]).toMatchObject({ type: 'started', step: 0, steps, trainImages: 48, heldOutImages: 12 });
    expect(all('started')[0]!.engineVersion).toContain('onnxruntime-node');
    expect(outcome).toEqual({ status: 'finished', evaluation: all('evaluated').at(-1) });
    expect(all('evaluated').at(-1)).toMatchObject({ step: steps, total: 12, final: true });
    expect(all('evaluated').at(-1)!.correct).toBeGreaterThan(9);
    const [{ step, answers: told }, ...more] = all('answers');
    expect([step, more, told.labels.length]).toEqual([steps, [], 12]);
    expect(told.labels.filter((label, image) => label === told.answers[image])).toHaveLength(
      all('evaluated').at(-1)!.correct,
    );
    expect(all('evaluated').filter(({ final }) => !final)).toHaveLength(9);
    expect(all('point').map(({ step }) => step)).toEqual(Array.from({ length: steps / 4 }, (_, i) => 4 * (i + 1)));
    expect(all('point').at(-1)!.loss).toBeLessThan(all('point')[0]!.loss);
    expect(said.at(-1)!.type).toBe('finished');
    const [checkpoint] = all('checkpoint');
    expect(all('checkpoint')).toEqual([{ ...checkpoint, step: steps, final: true }]);
    expect((await readFile(checkpoint!.file)).length).toBe(checkpoint!.bytes);
    expect(isRunning(whole.processes[0]!)).toBe(false);
  });

  test('shows its filters at the start, and keeps them at steps that lie closer at the start than at the end', async () => {
    const { said, all } = whole;
    const snapshots = all('snapshot');
    expect(snapshots.map(({ step }) => step)).toEqual([0, 4, 14, 32, 57, 89, 129, 175, 228, 289, 357, 432]);
    const [{ layers: _, ...first }] = snapshots;
    expect(said.find(({ type }) => type === 'filters')).toEqual({ ...first, type: 'filters' });
    const network = { parameters: resolveNetwork(ground.job().network, 3).parameters };
    const { weights } = await readCheckpoint(all('checkpoint')[0]!, network);
    expect(snapshots.at(-1)!.weight).toEqual(weights.get('conv1.weight'));
    expect(snapshots[0]!.weight).not.toEqual(weights.get('conv1.weight'));
    // Beside them are numbers about every layer, at the end those of the weights that are kept.
    const own = resolveNetwork(ground.job().network, 3);
    expect(snapshots.at(-1)!.layers).toEqual(await layerQualities(own, async (name) => weights.get(name)!));
    expect(snapshots[0]!.layers).toEqual(
      await layerQualities(own, async (name) => initialWeights(own, ground.job().seed).get(name)!),
    );
  });

  test('that is stopped again and again ends with the same bytes, the same curve and the same history of filters', async () => {
    const job = ground.job();
    const said: TrainerMessage[] = [];
    let resume: TrainingJob['resume'];
    // An odd number of steps lies in the middle of a point.
    for (const points of [3, 1, 40]) {
      const stop = new AbortController();
      let seen = 0;
      const part = await run(
        { ...job, resume },
        {
          signal: stop.signal,
          onMessage: (message) => {
            if (message.type === 'point' && ++seen === points) stop.abort();
          },
        },
      );
      expect(part.outcome).toEqual({ status: 'stopped' });
      expect(part.said.at(-1)).toMatchObject({ type: 'stopped', step: part.all('checkpoint')[0]!.step });
      said.push(...part.said);
      resume = (({ file, sha256 }) => ({ file, sha256 }))(part.all('checkpoint')[0]!);
      expect(await readdir(job.checkpoints)).toContain(`step-${part.all('checkpoint')[0]!.step}.safetensors`);
    }
    const rest = await run({ ...job, resume });
    said.push(...rest.said);
    expect(rest.outcome.status).toBe('finished');
    expect(rest.all('checkpoint')[0]!.sha256).toBe(whole.all('checkpoint')[0]!.sha256);
    expect(rest.all('evaluated').at(-1)).toEqual(whole.all('evaluated').at(-1));
    expect(lastingOf(said)).toEqual(lastingOf(whole.said));
  });

  test('whose process is killed twice goes on from its last checkpoint and ends the same', async () => {
    let [pid, processes, checkpoints] = [0, 0, 0];
    const said: TrainerMessage[] = [];
    const restarts: [string, number][] = [];
    const { outcome } = await run(ground.job({ checkpointEvery: 0 }), {
      onSpawn: (id) => {
        [pid, processes, checkpoints] = [id, processes + 1, 0];
      },
      onRestart: (_run, reason, fromStep) => restarts.push([reason, fromStep]),
      onMessage: (message) => {
        said.push(message);
        if (message.type === 'checkpoint' && ++checkpoints === 5 && processes < 3) process.kill(pid, 'SIGKILL');
      },
    });
    expect(outcome).toEqual({ status: 'finished', evaluation: whole.all('evaluated').at(-1) });
    expect(restarts).toHaveLength(2);
    for (const [reason, fromStep] of restarts) {
      expect(reason).toMatch(/^the training process was ended by SIGKILL; if memory ran out, use fewer workers/);
      expect(fromStep).toBeGreaterThanOrEqual(5);
    }
    const started = said.filter((message) => message.type === 'started').map(({ step }) => step);
    expect(started).toEqual([0, restarts[0]![1], restarts[1]![1]]);
    const last = said.filter((message) => message.type === 'checkpoint').at(-1)!;
    expect(last.sha256).toBe(whole.all('checkpoint')[0]!.sha256);
    expect(lastingOf(said)).toEqual(lastingOf(whole.said));
  });

  test('that crashes again and again is given up, and its last lines are told', async () => {
    const job = { ...ground.job(), threads: 0 };
    const { outcome, processes } = await run(job, { maxRestarts: 1 });
    expect(processes).toHaveLength(2);
    expect(outcome.status).toBe('failed');
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/^Given up after crash 2: .*ended with code 1/) });
    expect(outcome).toMatchObject({ reason: expect.stringContaining('"threads"') });
  });

  test('that is stopped before its first step has nothing to go on from', async () => {
    const stop = new AbortController();
    const { outcome, said, processes } = await run(ground.job(), {
      signal: stop.signal,
      onMessage: () => stop.abort(),
    });
    expect(outcome).toEqual({ status: 'stopped' });
    expect(said.at(-1)!.type).toBe('stopped');
    expect(isRunning(processes[0]!)).toBe(false);
    expect((await run(ground.job(), { signal: stop.signal })).processes).toEqual([]);
  });

  test('that went on from its last step says only what its filters are and how well it did', async () => {
    const { file, sha256 } = whole.all('checkpoint')[0]!;
    const { outcome, said } = await run(ground.job({ resume: { file, sha256 } }));
    expect(outcome).toEqual(whole.outcome);
    expect(said.map(({ type }) => type)).toEqual(['started', 'filters', 'answers', 'evaluated', 'finished']);
  });

  test('keeps the frozen layers that it copied and trains the others, also for another number of classes', async () => {
    const source = whole.all('checkpoint')[0]!;
    const checkpoint = { file: source.file, sha256: source.sha256 };
    const changes = { classes: ['blue', 'red'], seed: 'other', transplant: { n: 1, checkpoint }, frozen: 1 };
    const job = ground.job(changes, { epochs: 1 });
    const { outcome, all } = await run(job);
    expect(outcome.status).toBe('finished');
    const network = { parameters: resolveNetwork(job.network, 2).parameters.filter(({ n }) => n < 3) };
    const [before, after] = await Promise.all([
      readCheckpoint(checkpoint, network),
      readCheckpoint(all('checkpoint')[0]!, network),
    ]);
    expect(after.weights.get('conv1.weight')).toEqual(before.weights.get('conv1.weight'));
    expect(all('filters')).toEqual([{ type: 'filters', step: 0, weight: before.weights.get('conv1.weight') }]);
    expect(all('snapshot')).toEqual([]);
    expect(after.weights.get('conv1.bias')).toEqual(before.weights.get('conv1.bias'));
    expect(after.weights.get('fc2.weight')).not.toEqual(before.weights.get('fc2.weight'));
  });

  test('whose loss explodes fails at the step where it did, and is not started again', async () => {
    const { outcome, said, restarts } = await run(ground.job({}, { learningRate: 1e6, warmUp: 0 }));
    expect(restarts).toEqual([]);
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^the loss (became NaN|grew to \S+) at step \d+; lower the learning rate$/),
    });
    const { step } = said.at(-1) as Message<'failed'>;
    expect(outcome).toMatchObject({ reason: expect.stringContaining(`at step ${step};`) });
    expect(existsSync(ground.job().checkpoints)).toBe(false);
  });

  test('on a missing image set or from a damaged checkpoint fails with the sentence that says so', async () => {
    const missing = await run(ground.job({ imageSet: join(ground.folder, 'nowhere') }));
    expect(missing.outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('nowhere') });
    const file = join(ground.folder, 'damaged.safetensors');
    await writeFile(file, 'not a checkpoint');
    const damaged = await run(ground.job({ resume: { file, sha256: '0'.repeat(64) } }));
    expect(damaged.outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(`The checkpoint ${file} is damaged`),
    });
    expect([...missing.restarts, ...damaged.restarts]).toEqual([]);
  });

  test('that begins with weights that are no numbers blames their file, not its own settings', async () => {
    const network = resolveNetwork(ground.job().network, 3);
    const weights = initialWeights(network, 'spoilt');
    weights.get('conv1.weight')!.data.fill(NaN);
    const { file, sha256 } = await writeCheckpoint(join(ground.folder, 'spoilt'), 1, {
      ...{ weights, momentum: zeroMoments(network), metadata: {} },
    });
    const reason = `The checkpoint ${file} is damaged or of another network: conv1.weight has weights that are not numbers. Delete it and train its run again.`;
    for (const changes of [
      { resume: { file, sha256 } },
      { transplant: { n: 1, checkpoint: { file, sha256 } }, frozen: 1 },
    ])
      expect((await run(ground.job(changes))).outcome).toMatchObject({ status: 'failed', reason });
  });

  test('ends when its listener throws, and hands the error on', async () => {
    const processes: number[] = [];
    const training = run(ground.job(), {
      onSpawn: (pid) => processes.push(pid),
      onMessage: () => {
        throw new Error('the store is full');
      },
    });
    await expect(training).rejects.toThrow('the store is full');
    expect(isRunning(processes[0]!)).toBe(false);
  });

  test('that does not listen is killed when it is cancelled', async () => {
    const stop = new AbortController();
    let pid = 0;
    const { outcome } = await run(ground.job(), {
      signal: stop.signal,
      onSpawn: (id) => (pid = id),
      onMessage: ({ type }) => {
        if (type !== 'started') return;
        // A process that is suspended hears nothing, like one in an endless native call.
        process.kill(pid, 'SIGSTOP');
        stop.abort();
      },
    });
    expect(outcome).toEqual({ status: 'stopped' });
    expect(isRunning(pid)).toBe(false);
  });

  /** A training in the middle, as the child of a process in a process group of its own. */
  const endlessGrandchild = () => {
    const job = JSON.stringify(ground.job({}, { epochs: 1e5 }));
    return grandchild(join(import.meta.dirname, 'trainer-parent.ts'), job);
  };

  test('ends when the process that started it is killed', async () => {
    const { parent, pid } = await endlessGrandchild();
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'close');
    await expect.poll(() => hasEnded(pid), { timeout: 20_000, interval: 20 }).toBe(true);
  });

  test.skipIf(process.platform === 'win32')(
    'is not hit by Ctrl-C, which every process of a terminal gets',
    async () => {
      const { parent, lines } = await endlessGrandchild();
      process.kill(-parent.pid!, 'SIGINT');
      const [line] = (await once(lines, 'line')) as [string];
      expect(line).toBe('checkpoint, stopped; 1 process');
      await once(parent, 'close');
    },
  );
});

test('threads are divided among trainings, one at least for each', () => {
  expect(divideThreads(8, 2)).toBe(4);
  expect(divideThreads(8, 3)).toBe(2);
  expect(divideThreads(2, 4)).toBe(1);
});
