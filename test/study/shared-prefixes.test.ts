import { createHash } from 'node:crypto';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { predictStoredTransfer } from '../../src-main/app/tasks/predict.ts';
import { IMAGES } from '../../src-main/engine/onnx/inputs.ts';
import type { TrainerMessage } from '../../src-main/engine/trainer/job.ts';
import { train } from '../../src-main/engine/trainer/train.ts';
import { begin, end, jobOf, record, type GroupRunner } from '../../src-main/study/run/train-group.ts';
import { addImages, createTinyHome, runTinyStudy, tinyProtocol, type TinyHome } from './tiny-study.ts';

/** How often a batch of images was computed from, by the batch and the lowest layer's weights. */
type Passes = Map<string, number>;

let tiny: TinyHome;
/** What all sessions of onnxruntime in this process computed from images, since somebody asked. */
let passes: Passes = new Map();
beforeAll(async () => {
  tiny = await createTinyHome();
  const { create } = InferenceSession as { create: (...options: unknown[]) => Promise<InferenceSession> };
  vi.spyOn(InferenceSession, 'create').mockImplementation(async (...options: unknown[]) => {
    const session = await create(...options);
    const run = session.run.bind(session) as (...given: unknown[]) => ReturnType<InferenceSession['run']>;
    session.run = (feeds: InferenceSession.FeedsType, ...more: unknown[]) => {
      const { [IMAGES]: images, 'conv1.weight': weight } = feeds as Record<string, Tensor | undefined>;
      if (images && weight) {
        const key = `${hash(images)} ${hash(weight)}`;
        passes.set(key, (passes.get(key) ?? 0) + 1);
      }
      return run(feeds, ...more);
    };
    return session;
  });
});
afterAll(() => {
  vi.restoreAllMocks();
  tiny.dispose();
});

const hash = ({ data }: Tensor): string =>
  createHash('sha256')
    .update(data as Float32Array)
    .digest('hex');

/** Trains one group after the other in this process; `onGroup` has the names of a group and its passes. */
function trainedHere(onGroup: (names: readonly string[], passes: Passes, evaluations: number) => void): GroupRunner {
  let before: Promise<void> = Promise.resolve();
  return (group, threads, surroundings, onEnd) =>
    (before = before.then(async () => {
      const runs = new Map(group.map((run) => [run.key, run]));
      const jobs = group.map((run) => jobOf(run, threads, surroundings));
      for (const job of jobs) begin(runs.get(job.run)!, job, surroundings);
      const evaluated: Extract<TrainerMessage, { type: 'evaluated' }>[] = [];
      passes = new Map();
      await train(jobs, {
        signal: surroundings.signal,
        report: (key, message) => {
          record(key, message, surroundings);
          if (key === group[0].key && message.type === 'evaluated') evaluated.push(message);
          if (message.type !== 'finished') return;
          const run = runs.get(key)!;
          onEnd(run, end(run, { status: 'finished', evaluation: evaluated.at(-1)! }, surroundings)!);
        },
      });
      onGroup(
        group.map(({ name }) => name),
        passes,
        evaluated.length,
      );
    }));
}

test('frozen layers are computed once for all treatments of a replicate that share them, on few examples too', async () => {
  const groups: { readonly names: readonly string[]; readonly passes: Passes; readonly evaluations: number }[] = [];
  const protocol = tinyProtocol(tiny.index, { layers: [1, 2], examples: [4] });
  const { plan, outcome } = await runTinyStudy(
    tiny,
    protocol,
    () => false,
    trainedHere((names, passes, evaluations) => groups.push({ names, passes, evaluations })),
  );
  expect(outcome).toMatchObject({ failed: 0, skipped: 0, done: plan.runs.length });

  const frozen = groups.filter(({ names }) => names.every((name) => /^[ABR]\dB(@\d+)?$/.test(name)));
  expect(frozen.flatMap(({ names }) => names).toSorted()).toEqual(
    plan.runs.flatMap(({ name, identity }) => (identity.frozen > 0 ? [name] : [])).toSorted(),
  );
  // A batch is computed from once in the whole study, but held-out images at each evaluation.
  const all = new Map<string, number>();
  for (const { passes, evaluations } of frozen)
    for (const [key, count] of passes) {
      expect([1, evaluations]).toContain(count);
      expect(all.has(key)).toBe(false);
      all.set(key, count);
    }
  for (const { names, passes, evaluations } of frozen) {
    const { steps, network } = plan.runs.find(({ name }) => name === names[0])!;
    const heldOut = Math.ceil(20 / network.training.batchSize);
    const sum = [...passes.values()].reduce((total, count) => total + count, 0);
    expect(sum, names.join(' ')).toBe(steps + evaluations * heldOut);
  }
});

test('all predictors of all layers of a replicate read one pass of a base', async () => {
  addImages(tiny.store, tiny.index, tiny.imageSet);
  const protocol = tinyProtocol(tiny.index, { layers: [1, 2], examples: [4] });
  const { plan } = await runTinyStudy(tiny, protocol);
  const [source, own] = ['baseA', 'baseB'].map((base) => plan.runs.find(({ name }) => name === base)!.key);
  passes = new Map();
  const watch = { signal: new AbortController().signal, onProgress: () => {} };
  const prediction = await predictStoredTransfer({ home: tiny.home, source, own, threads: 1 }, watch);
  expect(prediction).toMatchObject({ state: 'measured', layers: [{ n: 1 }, { n: 2 }] });
  expect(passes.size).toBeGreaterThanOrEqual(3);
  expect([...passes.values()]).toEqual(Array(passes.size).fill(1));
});
