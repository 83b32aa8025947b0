import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FilterReporter, snapshotSteps } from '../../src-main/engine/trainer/first-layer.ts';
import { orthogonality, sparsity } from '../../src-main/network/layer-quality.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import type { TrainerMessage } from '../../src-main/engine/trainer/job.ts';
import { networkOf } from './random-networks.ts';

test('snapshots are of the first and the last step, no more than asked for, ever further apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 2, max: 60 }), (steps, most) => {
      const kept = [...snapshotSteps(steps, most)];
      expect([kept[0], kept.at(-1)]).toEqual([0, steps]);
      expect(kept.length).toBeLessThanOrEqual(most);
      const distances = kept.slice(1).map((step, i) => step - kept[i]);
      distances.forEach((distance, i) => {
        expect(Number.isInteger(distance) && distance > 0).toBe(true);
        // Rounding may take one step from a distance and give it to its neighbour.
        if (i > 0) expect(distance).toBeGreaterThanOrEqual(distances[i - 1] - 1);
      });
    }),
  );
});

test('of 40 snapshots, half are of the first quarter of the training', () => {
  const kept = [...snapshotSteps(10_000, 40)];
  expect(kept).toHaveLength(40);
  expect(kept.filter((step) => step < 2500)).toHaveLength(20);
});

const convolutional = networkOf(
  4,
  [
    { type: 'conv', name: 'edges', filters: 2, kernel: 3 },
    { type: 'dense', name: 'fc' },
  ],
  2,
);
const dense = networkOf(
  4,
  [
    { type: 'dense', name: 'hidden', units: 3 },
    { type: 'dense', name: 'fc' },
  ],
  2,
);

/** What a training of 10 steps that take so many seconds each says, in words. */
async function said(options: { network?: typeof dense; frozen?: number; from?: number; secondsPerStep?: number }) {
  const { network = convolutional, frozen = 0, from = 0, secondsPerStep = 0.1 } = options;
  const messages: string[] = [];
  let [clock, step] = [0, from];
  const reporter = new FilterReporter({
    network,
    learns: frozen < 1,
    steps: 10,
    snapshots: 3,
    trainer: {
      parameter: async (name) => {
        expect(name).toBe('edges.weight');
        return { shape: [2, 3, 3, 3], data: new Float32Array(54).fill(step) };
      },
    },
    report: (message) => {
      const { type, step: at, weight } = message as Extract<TrainerMessage, { type: 'snapshot' | 'filters' }>;
      messages.push(`${type} ${at}`);
      expect(weight.data[0]).toBe(step);
    },
    now: () => clock,
  });
  await reporter.begin(step);
  while (step < 10) {
    step += 1;
    clock += 1000 * secondsPerStep;
    await reporter.afterStep(step);
  }
  return messages;
}

test('filters are shown at the start and then every two seconds', async () => {
  const filters = async (secondsPerStep: number) =>
    (await said({ secondsPerStep })).filter((message) => message.startsWith('filters'));
  expect(await filters(0.1)).toEqual(['filters 0']);
  expect(await filters(0.7)).toEqual(['filters 0', 'filters 3', 'filters 6', 'filters 9']);
  expect(await filters(5)).toHaveLength(11);
});

test('snapshots come at the same steps however fast the training is, and wherever it goes on from', async () => {
  const snapshots = async (options: Parameters<typeof said>[0]) =>
    (await said(options)).filter((message) => message.startsWith('snapshot'));
  for (const secondsPerStep of [0, 0.7, 100])
    expect(await snapshots({ secondsPerStep })).toEqual(['snapshot 0', 'snapshot 3', 'snapshot 10']);
  expect(await snapshots({ from: 2 })).toEqual(['snapshot 3', 'snapshot 10']);
  expect(await snapshots({ from: 3 })).toEqual(['snapshot 10']);
  expect(await snapshots({ from: 10 })).toEqual([]);
});

test('a snapshot of a base has numbers about every layer that has kernels, but of the last', async () => {
  const network = networkOf(
    8,
    [
      { type: 'conv', name: 'edges', filters: 2, kernel: 3 },
      { type: 'conv', name: 'more', filters: 3, kernel: 3 },
      { type: 'dense', name: 'hidden', units: 3 },
      { type: 'dense', name: 'fc' },
    ],
    2,
  );
  const weights = initialWeights(network, 'numbers');
  const messages: TrainerMessage[] = [];
  const reporter = new FilterReporter({
    ...{ network, learns: true, everyLayer: true, steps: 10, snapshots: 3 },
    trainer: { parameter: async (name) => weights.get(name)! },
    report: (message) => messages.push(message),
  });
  await reporter.begin(0);
  const [{ layers }, shown] = messages as Extract<TrainerMessage, { type: 'snapshot' }>[];
  expect(shown).not.toHaveProperty('layers');
  expect(layers).toEqual(
    ['edges.weight', 'more.weight'].map((name, place) => ({
      n: place + 1,
      sparsity: sparsity(weights.get(name)!),
      orthogonality: orthogonality(weights.get(name)!),
    })),
  );
});

test('a frozen first layer is shown once and has no history', async () => {
  expect(await said({ frozen: 1, secondsPerStep: 5 })).toEqual(['filters 0']);
  expect(await said({ frozen: 2, secondsPerStep: 5, from: 4 })).toEqual(['filters 4']);
});

test('a first layer that is no convolution has no filters', async () => {
  expect(await said({ network: dense, secondsPerStep: 5 })).toEqual([]);
});
