import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch, Engine, TrainerOptions } from '../../src-main/engine/engine.ts';
import { mergedWeights, withAdapters } from '../../src-main/network/variants.ts';
import type { Network } from '../../src-main/network/network.ts';
import { initialWeights, type Tensor, type Weights } from '../../src-main/network/weights.ts';
import { expectGradientsOfRandomNetworks } from './gradient-check.ts';
import { testGraphs } from './graph-contract.ts';
import { networkOf, PLAIN_MULTIPLIERS, randomBatch, randomNetworks, randomWeights } from './random-networks.ts';
import { inFloat64, referenceForward } from './reference.ts';

/** What every engine owes, whatever runs underneath. */
export function describeEngine(name: string, create: () => Promise<Engine>): void {
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await create();
    });
    const compile = (network: Network, options: Partial<TrainerOptions> = {}) =>
      engine.compile({
        network,
        batchSize: 4,
        frozen: 0,
        threads: 1,
        weights: randomWeights(network, 'w'),
        ...options,
      });

    test('has the gradients of the float64 reference, for random networks', async () => {
      await expectGradientsOfRandomNetworks(engine, 40);
    });

    test('has the gradients of adapters, through all layers and groups, and keeps what they stand beside', async () => {
      const adapted = fc
        .tuple(randomNetworks, fc.nat(), fc.integer({ min: 1, max: 3 }))
        .map(([network, at, rank]) => withAdapters(network, 1 + (at % (network.depth - 1)), rank));
      await expectGradientsOfRandomNetworks(engine, 30, adapted);
    });

    test('computes with adapters what the merged network computes, and updates them as the weights of their layer', async () => {
      const adapted = withAdapters(allKinds, 3, 2);
      const weights = randomWeights(adapted, 'w');
      const batch = randomBatch(adapted, 4, 'batch');
      const trainer = await compile(adapted, { weights });
      await trainer.step(batch, 0.05);
      const learned = await trainer.weights();
      for (const { name, kept } of adapted.parameters)
        if (kept) expect(learned.get(name), name).toEqual(weights.get(name));
        else expect(learned.get(name), name).not.toEqual(weights.get(name));
      const merged = await compile(allKinds, { weights: mergedWeights(adapted, learned) });
      const [beside, inside] = [await trainer.evaluate(batch), await merged.evaluate(batch)];
      expect(inside.correct).toBe(beside.correct);
      expect(Math.abs(inside.loss - beside.loss)).toBeLessThan(1e-5);
      await Promise.all([trainer.dispose(), merged.dispose()]);
    });

    test('begins with adapters as the network without them', async () => {
      const adapted = withAdapters(allKinds, 2, 3);
      const batch = randomBatch(adapted, 4, 'batch');
      const trainers = [await compile(adapted, { weights: initialWeights(adapted, 'w') })];
      trainers.push(await compile(allKinds, { weights: initialWeights(allKinds, 'w') }));
      const [one, other] = await Promise.all(trainers.map((trainer) => trainer.evaluate(batch)));
      expect(one).toEqual(other);
      await Promise.all(trainers.map((trainer) => trainer.dispose()));
    });

    test('evaluates any number of images as the reference does, without dropout', async () => {
      const trainer = await compile(allKinds);
      for (const images of [1, 4, 9]) {
        const batch = randomBatch(allKinds, images, 'held out');
        const { loss, logits } = referenceForward(allKinds, inFloat64(randomWeights(allKinds, 'w')), batch);
        const result = await trainer.evaluate(batch);
        expect(Math.abs(result.loss - loss)).toBeLessThan(1e-5);
        expect(result.correct).toBe(
          logits.filter((row, i) => row.indexOf(Math.max(...row)) === batch.labels[i]).length,
        );
      }
      await trainer.dispose();
    });

    test('counts the first of equal logits as its answer', async () => {
      const zero: Weights = new Map(allKinds.parameters.map(({ name, shape, size }) => [name, zeros(shape, size)]));
      const trainer = await compile(allKinds, { weights: zero });
      const batch = { ...randomBatch(allKinds, 4, 'b'), labels: Int32Array.of(0, 1, 2, 0) };
      const { loss, correct } = await trainer.evaluate(batch);
      expect(correct).toBe(2);
      expect(loss).toBeCloseTo(Math.log(3), 6);
      await trainer.dispose();
    });

    test('updates as Caffe does: momentum, decay, and the multipliers of each layer', async () => {
      const training = { momentum: 0.9, weightDecay: 0.1 };
      const multipliers = {
        weight: { learningRate: 0.5, decay: 3 },
        bias: { learningRate: 2, decay: 0 },
      };
      const network = networkOf(4, [conv({ multipliers }), { type: 'dense', name: 'fc' }], 3, training);
      const plain = networkOf(
        4,
        [conv({ multipliers: PLAIN_MULTIPLIERS }), { type: 'dense', name: 'fc', multipliers: PLAIN_MULTIPLIERS }],
        3,
      );
      const batch = randomBatch(network, 4, 'batch');
      const weights = randomWeights(network, 'w');
      const momentum = randomWeights(network, 'v');
      const gradients = await stepped(await compile(plain, { weights }), batch, 1);
      const after = await stepped(await compile(network, { weights, momentum }), batch, 0.01);
      for (const { name, role, n } of network.parameters) {
        const m =
          n === 1
            ? multipliers[role as 'weight' | 'bias']
            : role === 'weight'
              ? { learningRate: 1, decay: 1 }
              : { learningRate: 2, decay: 0 };
        weights.get(name)!.data.forEach((w, i) => {
          const g = gradients.momentum.get(name)!.data[i] + 0.1 * m.decay * w;
          const v = 0.9 * momentum.get(name)!.data[i] + 0.01 * m.learningRate * g;
          expect(after.momentum.get(name)!.data[i]).toBeCloseTo(v, 6);
          expect(after.weights.get(name)!.data[i]).toBeCloseTo(w - v, 6);
        });
      }
    });

    test('gives the gradient of equal maxima to the first one of the window, in row-major order', async () => {
      // conv1 adds red and green. Red at (0, 1), green at (1, 0) and both halves at (1, 1) make three equal maxima.
      const layers = [
        conv({ filters: 1 }),
        { type: 'pool' as const, kernel: 4, stride: 4 },
        { type: 'dense' as const, name: 'fc' },
      ];
      const network = networkOf(4, layers, 2);
      const images = new Float32Array(3 * 16);
      images[1] = 1;
      images[16 + 4] = 1;
      images[5] = images[16 + 5] = 0.5;
      const weights: Weights = new Map([
        ['conv1.weight', { shape: [1, 3, 1, 1], data: Float32Array.of(1, 1, 0) }],
        ['conv1.bias', zeros([1], 1)],
        ['fc.weight', { shape: [2, 1], data: Float32Array.of(1, -1) }],
        ['fc.bias', zeros([2], 2)],
      ]);
      const trainer = await compile(network, { batchSize: 1, weights });
      const after = await stepped(trainer, { images, labels: Int32Array.of(1), dropoutMasks: [] }, 1);
      const [red, green, blue] = after.momentum.get('conv1.weight')!.data;
      expect(red).toBeGreaterThan(0.5);
      expect([green, blue]).toEqual([0, 0]);
    });

    test('max-pooling never takes the padding, not even where every pixel is negative', async () => {
      const layers = [
        conv({ filters: 1 }),
        { type: 'pool' as const, kernel: 3, stride: 2, pad: 2 },
        { type: 'dense' as const, name: 'fc' },
      ];
      const network = networkOf(4, layers, 2);
      const weights = new Map(randomWeights(network, 'w'));
      weights.set('conv1.bias', { shape: [1], data: Float32Array.of(-50) });
      const batch = randomBatch(network, 4, 'b');
      const trainer = await compile(network, { weights });
      const { loss } = await trainer.evaluate(batch);
      expect(Math.abs(loss - referenceForward(network, inFloat64(weights), batch).loss)).toBeLessThan(1e-4);
      await trainer.dispose();
    });

    test('keeps frozen layers as they are, byte for byte, and trains the others as if nothing were frozen', async () => {
      const batch = randomBatch(allKinds, 4, 'batch');
      const weights = randomWeights(allKinds, 'w');
      const free = await stepped(await compile(allKinds), batch, 0.1);
      for (const frozen of [1, 2, 3]) {
        const after = await stepped(await compile(allKinds, { frozen }), batch, 0.1);
        expect(Math.abs(after.loss - free.loss)).toBeLessThan(1e-6);
        for (const { name, n, shape, size } of allKinds.parameters) {
          if (n <= frozen) {
            expect(after.weights.get(name)).toEqual(weights.get(name));
            expect(after.momentum.get(name)).toEqual(zeros(shape, size));
          } else expectClose(after.weights.get(name)!, free.weights.get(name)!);
        }
      }
    });

    test('goes on from its weights and momentum to the same bytes', async () => {
      const batches = Array.from({ length: 6 }, (_, step) => randomBatch(allKinds, 4, `step ${step}`));
      const whole = await compile(allKinds, { frozen: 1 });
      for (const batch of batches) await whole.step(batch, 0.05);
      const first = await compile(allKinds, { frozen: 1 });
      for (const batch of batches.slice(0, 3)) await first.step(batch, 0.05);
      const [weights, momentum] = [await first.weights(), await first.momentum()];
      const second = await compile(allKinds, { frozen: 1, weights, momentum });
      for (const batch of batches.slice(3)) await second.step(batch, 0.05);
      expect(await second.weights()).toEqual(await whole.weights());
      expect(await second.momentum()).toEqual(await whole.momentum());
      await Promise.all([whole, first, second].map((trainer) => trainer.dispose()));
    });

    test('takes and hands out copies, in the order of the parameters', async () => {
      const [mine, momentum] = [randomWeights(allKinds, 'w'), randomWeights(allKinds, 'v')];
      const trainer = await compile(allKinds, { weights: mine, momentum });
      const given = [mine, momentum, await trainer.weights(), await trainer.momentum()];
      for (const weights of given) weights.forEach(({ data }) => data.fill(7));
      expect(await trainer.weights()).toEqual(randomWeights(allKinds, 'w'));
      expect(await trainer.momentum()).toEqual(randomWeights(allKinds, 'v'));
      expect([...given[2].keys()]).toEqual(allKinds.parameters.map((parameter) => parameter.name));
      await trainer.dispose();
    });

    test('hands out a copy of one parameter as it stands, frozen or not, and of no other', async () => {
      const trainer = await compile(allKinds, { frozen: 1 });
      await trainer.step(randomBatch(allKinds, 4, 'batch'), 0.1);
      const weights = await trainer.weights();
      for (const { name } of allKinds.parameters) {
        const copy = await trainer.parameter(name);
        expect(copy, name).toEqual(weights.get(name));
        copy.data.fill(7);
      }
      expect(await trainer.weights()).toEqual(weights);
      await expect(trainer.parameter('conv9.weight')).rejects.toThrow('no parameter "conv9.weight"');
      await trainer.dispose();
    });

    test('says that the loss is not a number when it is not', async () => {
      const trainer = await compile(allKinds);
      const batch: Batch = { ...randomBatch(allKinds, 4, 'b'), images: new Float32Array(4 * 3 * 64).fill(NaN) };
      expect((await trainer.evaluate(batch)).loss).toBeNaN();
      await trainer.dispose();
    });

    testGraphs(() => engine);
  });
}

type ConvInput = Partial<Parameters<typeof networkOf>[1][number] & { type: 'conv' }>;
const conv = (more: ConvInput) => ({ type: 'conv' as const, name: 'conv1', filters: 2, kernel: 1, ...more });

/** Every kind of layer, three weight layers. */
const allKinds = networkOf(
  8,
  [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 3, stride: 2, pad: 1 },
    { type: 'lrn', alpha: 0.5 },
    { type: 'dropout', rate: 0.25 },
    { type: 'conv', name: 'conv2', filters: 6, kernel: 3, stride: 2, groups: 2 },
    { type: 'relu' },
    { type: 'pool', mode: 'average', kernel: 2, stride: 1, pad: 1 },
    { type: 'dense', name: 'fc3', units: 5 },
    { type: 'relu' },
    { type: 'dropout' },
    { type: 'dense', name: 'fc4' },
  ],
  3,
  { momentum: 0.9, weightDecay: 5e-4 },
);

async function stepped(
  trainer: Awaited<ReturnType<Engine['compile']>>,
  batch: ReturnType<typeof randomBatch>,
  rate: number,
) {
  const { loss } = await trainer.step(batch, rate);
  const after = { loss, weights: await trainer.weights(), momentum: await trainer.momentum() };
  await trainer.dispose();
  return after;
}

function expectClose(a: Tensor, b: Tensor): void {
  a.data.forEach((value, i) => expect(value).toBeCloseTo(b.data[i], 5));
}

const zeros = (shape: readonly number[], size: number): Tensor => ({ shape, data: new Float32Array(size) });
