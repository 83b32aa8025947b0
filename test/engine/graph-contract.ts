import { expect, test } from 'vitest';
import type { Engine, Trainer, TrainerOptions, TrainingBatch } from '../../src-main/engine/engine.ts';
import { changes, type Network } from '../../src-main/network/network.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import type { NetworkInput } from '../../src-main/network/spec.ts';
import type { Tensor, Weights } from '../../src-main/network/weights.ts';
import * as GRAPHS from './graph-networks.ts';
import { networkOf, PLAIN_MULTIPLIERS, randomBatch, randomWeights } from './random-networks.ts';
import { inFloat64, referenceForward } from './reference.ts';

type Compile = (network: Network, options?: Partial<TrainerOptions>) => Promise<Trainer>;

/** What every engine owes to networks that are graphs: batch norm's statistics, AdamW, clipping, smoothed labels. */
export function testGraphs(engineOf: () => Engine): void {
  const compile: Compile = (network, options) => {
    const defaults = { batchSize: 5, frozen: 0, threads: 1, weights: randomWeights(network, 'w') };
    return engineOf().compile({ network, ...defaults, ...options });
  };

  test.each(Object.entries(GRAPHS))(
    '%s: frozen layers keep weights and statistics, byte for byte',
    async (_, network) => {
      const weights = randomWeights(network, 'w');
      const after = await stepped(await compile(network, { frozen: 2, weights }), randomBatch(network, 5, 'a'), 0.1);
      for (const parameter of network.parameters) {
        const given = weights.get(parameter.name);
        if (changes(parameter, 2)) expect(after.weights.get(parameter.name), parameter.name).not.toEqual(given);
        else expect(after.weights.get(parameter.name), parameter.name).toEqual(given);
      }
    },
  );

  test.each(Object.entries(GRAPHS))(
    '%s: goes on from weights, statistics and moments to the same bytes',
    async (_, network) => {
      const batches = Array.from({ length: 4 }, (__, step) => randomBatch(network, 5, `step ${step}`));
      const train = async (trainer: Trainer, some: readonly TrainingBatch[]) => {
        for (const batch of some) await trainer.step(batch, 0.05);
        const after = { weights: await trainer.weights(), momentum: await trainer.momentum() };
        await trainer.dispose();
        return after;
      };
      const whole = await train(await compile(network, { frozen: 1 }), batches);
      const half = await train(await compile(network, { frozen: 1 }), batches.slice(0, 2));
      expect(await train(await compile(network, { frozen: 1, ...half }), batches.slice(2))).toEqual(whole);
    },
  );

  test('running statistics follow the batch as in PyTorch, and layers that are kept do not', async () => {
    const network = networkOf(4, [conv, norm, { type: 'dense', name: 'fc' }], 3);
    const weights = randomWeights(network, 'w');
    const batch = randomBatch(network, 5, 'batch');
    const values = convolved(batch, inFloat64(weights).get('conv1.weight')!);
    const after = await stepped(await compile(network, { weights }), batch, 0.1);
    const [mean, variance] = ['bn.running_mean', 'bn.running_var'].map((name) => after.weights.get(name)!.data);
    values.forEach((channel, c) => {
      const m = channel.reduce((sum, value) => sum + value, 0) / channel.length;
      const unbiased = channel.reduce((sum, value) => sum + (value - m) ** 2, 0) / (channel.length - 1);
      expect(mean[c]).toBeCloseTo(0.8 * weights.get('bn.running_mean')!.data[c] + 0.2 * m, 5);
      expect(variance[c]).toBeCloseTo(0.8 * weights.get('bn.running_var')!.data[c] + 0.2 * unbiased, 5);
    });
    const adapted = withAdapters(network, 1, 1);
    const kept = await stepped(await compile(adapted, { weights: randomWeights(adapted, 'w') }), batch, 0.1);
    for (const name of ['bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'])
      expect(kept.weights.get(name), name).toEqual(weights.get(name));
  });

  test('evaluates, and trains frozen layers’ heads, with running statistics', async () => {
    const network = networkOf(4, [conv, norm, { type: 'dense', name: 'fc' }], 3);
    const folded = networkOf(
      4,
      [
        { ...conv, bias: true },
        { type: 'dense', name: 'fc' },
      ],
      3,
    );
    const weights = randomWeights(network, 'w');
    const of = (name: string) => weights.get(name)!.data;
    const factor = of('bn.weight').map((w, c) => w / Math.sqrt(of('bn.running_var')[c] + 0.1));
    const [, channels] = weights.get('conv1.weight')!.shape;
    const same: Weights = new Map([
      ...weights,
      [
        'conv1.weight',
        tensor(
          [4, 3, 1, 1],
          of('conv1.weight').map((w, i) => w * factor[Math.floor(i / channels)]),
        ),
      ],
      [
        'conv1.bias',
        tensor(
          [4],
          of('bn.bias').map((bias, c) => bias - factor[c] * of('bn.running_mean')[c]),
        ),
      ],
    ]);
    const batch = randomBatch(network, 5, 'batch');
    const { loss } = referenceForward(folded, inFloat64(same), batch);
    const trainer = await compile(network, { frozen: 1, weights });
    for (const result of [await trainer.evaluate(batch), await trainer.step(batch, 0.1)])
      expect(Math.abs(result.loss - loss)).toBeLessThan(1e-5 * loss);
    await trainer.dispose();
  });

  test('updates as AdamW does: both means, their bias, decay apart, and the multipliers of each layer', async () => {
    const optimiser = { kind: 'adamw' as const, beta2: 0.99, epsilon: 1e-3 };
    const multipliers = { weight: { learningRate: 0.5, decay: 3 }, bias: { learningRate: 2, decay: 0 } };
    const layers = (of: typeof multipliers): Layers => [
      { ...dense, multipliers: of },
      { ...last, multipliers: of },
    ];
    const network = networkOf(4, layers(multipliers), 3, { momentum: 0.9, weightDecay: 0.1, optimiser });
    const plain = networkOf(4, layers(PLAIN_MULTIPLIERS), 3);
    const batch = randomBatch(network, 5, 'batch');
    const weights = randomWeights(network, 'w');
    const gradients = (await stepped(await compile(plain, { weights }), batch, 1)).momentum;
    const momentum = new Map(
      network.parameters.flatMap(({ name, shape }): [string, Tensor][] => [
        [
          name,
          tensor(
            shape,
            gradients.get(name)!.data.map((g) => 0.5 * g),
          ),
        ],
        [
          `${name}/variance`,
          tensor(
            shape,
            gradients.get(name)!.data.map((g) => 2 * g * g),
          ),
        ],
        [`${name}/steps`, tensor([1], Float32Array.of(6))],
      ]),
    );
    const after = await stepped(await compile(network, { weights, momentum }), batch, 0.01);
    for (const { name, role } of network.parameters) {
      const { learningRate, decay } = multipliers[role as 'weight' | 'bias'];
      expect(after.momentum.get(`${name}/steps`)!.data[0]).toBe(7);
      gradients.get(name)!.data.forEach((g, i) => {
        const [m, v] = [0.55 * g, (0.99 * 2 + 0.01) * g * g];
        expect(after.momentum.get(name)!.data[i]).toBeCloseTo(m, 6);
        expect(after.momentum.get(`${name}/variance`)!.data[i]).toBeCloseTo(v, 6);
        const w = weights.get(name)!.data[i];
        const move = m / (1 - 0.9 ** 7) / (Math.sqrt(v / (1 - 0.99 ** 7)) + 1e-3);
        expect(after.weights.get(name)!.data[i]).toBeCloseTo(w - 0.01 * learningRate * (0.1 * decay * w + move), 5);
      });
    }
  });

  test('scales gradients down to a norm, all together, and leaves smaller ones', async () => {
    const batchOf = (network: Network) => randomBatch(network, 5, 'batch');
    const plain = networkOf(4, [dense, last], 3);
    const weights = randomWeights(plain, 'w');
    const { momentum: gradients } = await stepped(await compile(plain, { weights }), batchOf(plain), 1);
    const norm = Math.hypot(...[...gradients.values()].flatMap(({ data }) => [...data]));
    for (const [clipNorm, factor] of [
      [norm / 3, 1 / 3],
      [norm * 3, 1],
    ]) {
      const network = networkOf(4, [dense, last], 3, { clipNorm });
      const { momentum } = await stepped(await compile(network, { weights }), batchOf(network), 1);
      for (const [name, { data }] of gradients)
        data.forEach((g, i) => expect(momentum.get(name)!.data[i]).toBeCloseTo(g * factor, 5));
    }
  });

  test('gives part of a label to all classes in training, and none in an evaluation', async () => {
    const network = networkOf(4, [dense, last], 3, { labelSmoothing: 0.3 });
    const weights = inFloat64(randomWeights(network, 'w'));
    const batch = randomBatch(network, 5, 'batch');
    const losses = Array.from({ length: 3 }, (_, label) => {
      return referenceForward(network, weights, { ...batch, labels: batch.labels.map(() => label) }).loss;
    });
    const { loss } = referenceForward(network, weights, batch);
    const trainer = await compile(network);
    expect((await trainer.evaluate(batch)).loss).toBeCloseTo(loss, 5);
    const mean = losses.reduce((sum, each) => sum + each, 0) / 3;
    expect((await trainer.step(batch, 0.1)).loss).toBeCloseTo(0.7 * loss + 0.3 * mean, 5);
    await trainer.dispose();
  });
}

type Layers = NetworkInput['layers'];
const conv = { type: 'conv' as const, name: 'conv1', filters: 4, kernel: 1, bias: false };
const norm = { type: 'batch-norm' as const, name: 'bn', epsilon: 0.1, momentum: 0.2 };
const dense = { type: 'dense' as const, name: 'fc1', units: 4, multipliers: PLAIN_MULTIPLIERS };
const last = { type: 'dense' as const, name: 'fc2', multipliers: PLAIN_MULTIPLIERS };

/** What each filter of 1x1 makes of all pixels of a batch. */
function convolved({ images }: TrainingBatch, weight: Float64Array): number[][] {
  return Array.from({ length: weight.length / 3 }, (_, filter) =>
    Array.from({ length: images.length / 3 }, (__, place) => {
      const [image, pixel] = [Math.floor(place / 16), place % 16];
      return [0, 1, 2].reduce((sum, c) => sum + weight[3 * filter + c] * images[(image * 3 + c) * 16 + pixel], 0);
    }),
  );
}

const tensor = (shape: readonly number[], data: Float32Array): Tensor => ({ shape, data });

async function stepped(trainer: Trainer, batch: TrainingBatch, rate: number) {
  await trainer.step(batch, rate);
  const after = { weights: await trainer.weights(), momentum: await trainer.momentum() };
  await trainer.dispose();
  return after;
}
