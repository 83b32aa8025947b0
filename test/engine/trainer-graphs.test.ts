import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointFile, TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { stageAt } from '../../src-main/engine/trainer/stage.ts';
import { train } from '../../src-main/engine/trainer/train.ts';
import { parameterNamed, resolveNetwork } from '../../src-main/network/network.ts';
import { wholeCheckpoint } from '../../src-main/network/optimiser.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { isNorm } from '../../src-main/network/cuts.ts';
import { readCheckpoint } from '../../src-main/store/checkpoints.ts';
import { tinyMobileNet, tinyResNet, tinyViT } from '../network/tiny-graphs.ts';
import { trainingGround } from './trainer-job.ts';
import { expectSameAfterKills, expectSameAfterStops, fileOf, trained } from './trainer-stops.ts';

/** 48 training images, batches of 10, 4 epochs. */
const STEPS = 20;
const adamw = { kind: 'adamw', beta2: 0.999, epsilon: 1e-8 } as const;
const resNetAdamW = { ...tinyResNet, training: { ...tinyResNet.training, optimiser: adamw, learningRate: 0.01 } };

const NETWORKS = { ResNet: tinyResNet, 'ResNet with AdamW': resNetAdamW, ViT: tinyViT, MobileNet: tinyMobileNet };
type Name = keyof typeof NETWORKS;
const names = Object.keys(NETWORKS) as Name[];

let ground: Awaited<ReturnType<typeof trainingGround>>;
const bases = new Map<Name, CheckpointFile>();
beforeAll(async () => {
  ground = await trainingGround();
  for (const name of names) bases.set(name, fileOf(await trained(baseJob(NETWORKS[name]))));
});
afterAll(() => ground.remove());

const baseJob = (network: NetworkSpec) => ground.job({ seed: 'base', network });
const depthOf = (name: Name) => resolveNetwork(NETWORKS[name], 3).depth;
/** Above the layers 1..n of a trained base; as many as there are unless said. */
const copied = (name: Name, changes: Partial<TrainingJob> = {}, n = depthOf(name) - 1) =>
  ground.job({
    network: NETWORKS[name],
    seed: `above ${n}`,
    transplant: { n, checkpoint: bases.get(name)! },
    ...changes,
  });
const frozen = (name: Name, n = depthOf(name) - 1) => copied(name, { frozen: n }, n);

/** Whether a training that has ended changed each of the copied parameters. */
async function changed(name: Name, job: TrainingJob): Promise<ReadonlyMap<string, boolean>> {
  const network = resolveNetwork(NETWORKS[name], 3);
  const own = { parameters: network.parameters.filter(({ n }) => n <= job.transplant!.n) };
  const before = await readCheckpoint(bases.get(name)!, own);
  const after = await readCheckpoint(fileOf(await trained(job)), own);
  return new Map(
    [...after.weights].map(([key, { data }]) => {
      const same = Buffer.from(data.buffer).equals(Buffer.from(before.weights.get(key)!.data.buffer));
      return [key, !same] as const;
    }),
  );
}

describe.each(names)('of a %s', (name) => {
  test('frozen layers are as they were to the byte, statistics and affine part of norms too', async () => {
    for (const [key, has] of await changed(name, frozen(name))) expect(has, key).toBe(false);
  });
  test('everything learns where nothing is frozen', async () => {
    for (const [key, has] of await changed(name, copied(name))) expect(has, key).toBe(true);
  });
  test('adapters leave all as it was but what they are added to', async () => {
    const network = resolveNetwork(NETWORKS[name], 3);
    for (const [key, has] of await changed(name, copied(name, { adapterRank: 2 }))) {
      const { role, shape } = parameterNamed(network, key);
      expect(has, key).toBe(role === 'weight' && shape.length > 1);
    }
  });
  test('of norms alone the weight and bias learn', async () => {
    const network = resolveNetwork(NETWORKS[name], 3);
    const norms = new Set(network.layers.filter(({ spec }) => isNorm(spec.type)).map(({ name }) => name));
    for (const [key, has] of await changed(name, copied(name, { normAffine: 'learns' }))) {
      const { role, layer } = parameterNamed(network, key);
      expect(has, key).toBe(norms.has(layer) && (role === 'weight' || role === 'bias'));
    }
  });
  test('statistics alone are estimated again', async () => {
    for (const [key, has] of await changed(name, copied(name, { normStatistics: 'of the target' })))
      expect(has, key).toBe(/running_(mean|var)$/.test(key));
  });

  test('trainings side by side above frozen layers end with the same bytes as each alone', async () => {
    const all = Array.from({ length: depthOf(name) - 1 }, (_, below) => frozen(name, below + 1));
    const said = new Map(all.map(({ run }) => [run, [] as TrainerMessage[]]));
    await train(all, {
      signal: new AbortController().signal,
      report: (run, message) => void said.get(run)!.push(message),
    });
    for (const job of all) {
      const alone = await trained(frozen(name, job.frozen));
      expect(fileOf(said.get(job.run)!).sha256).toBe(fileOf(alone).sha256);
      const evaluated = (messages: readonly TrainerMessage[]) => messages.filter(({ type }) => type === 'evaluated');
      expect(evaluated(said.get(job.run)!)).toEqual(evaluated(alone));
    }
  });
});

test.each<[Name, string, (name: Name) => TrainingJob]>([
  ['ResNet', 'from scratch', (name) => baseJob(NETWORKS[name])],
  ['ResNet with AdamW', 'frozen', (name) => frozen(name)],
  ['ResNet with AdamW', 'with adapters', (name) => copied(name, { adapterRank: 2 })],
  ['ResNet with AdamW', 'of norms', (name) => copied(name, { normAffine: 'learns' })],
  ['ResNet with AdamW', 'of statistics', (name) => copied(name, { normStatistics: 'of the target' })],
  ['ResNet with AdamW', 'at decaying rates', (name) => copied(name, { rateDecay: 0.5 })],
  ['ViT', 'from scratch', (name) => baseJob(NETWORKS[name])],
  ['ViT', 'with adapters', (name) => copied(name, { adapterRank: 2 })],
])('a training of a %s, %s, goes on after any stop to the same bytes', async (name, _, job) => {
  await expectSameAfterStops(() => job(name), { steps: STEPS, boundaries: [5, 19], numRuns: 1 });
});

test('above a random network with statistics of the target, together or alone, after any stop: the same bytes', async () => {
  const job = (n: number) =>
    ground.job({
      ...{ network: tinyResNet, seed: `above ${n}`, frozen: n },
      transplant: { n, seed: 'random', statistics: 'of the target' },
    });
  const all = [1, 2, depthOf('ResNet') - 1].map(job);
  const said = new Map(all.map(({ run }) => [run, [] as TrainerMessage[]]));
  await train(all, {
    signal: new AbortController().signal,
    report: (run, message) => void said.get(run)!.push(message),
  });
  for (const { run, frozen } of all)
    expect(fileOf(said.get(run)!).sha256).toBe(fileOf(await trained(job(frozen))).sha256);
  await expectSameAfterStops(() => job(2), { steps: STEPS, boundaries: [5], numRuns: 1 });
});

test('a training with batch norm, AdamW and stages goes on after stops and kills to the same bytes', async () => {
  const job = () => copied('ResNet with AdamW', { unfreezing: 'from the top' });
  const whole = await expectSameAfterStops(job, { steps: STEPS, boundaries: [4, 5, 10, 20], numRuns: 1 });
  await expectSameAfterKills(job, whole);
});

test('what a layer begins to learn with is zero: moments, and the steps that AdamW counts', async () => {
  const job = copied('ResNet with AdamW', { unfreezing: 'from the top' });
  const setup = { network: resolveNetwork(resNetAdamW, 3), batchSize: 10, trainImages: 48, steps: STEPS };
  const { momentum } = await readCheckpoint(fileOf(await trained(job, 12)), (step) =>
    wholeCheckpoint(stageAt(job, setup, step).network),
  );
  const learnedFor = (layer: string) => momentum.get(`${layer}.weight/steps`)!.data[0];
  expect(['fc', 'layer2.0.conv1', 'layer1.0.bn1', 'conv1'].map(learnedFor)).toEqual([12, 7, 2, 0]);
});
