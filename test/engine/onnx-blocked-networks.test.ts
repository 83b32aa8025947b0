import { Tensor } from 'onnxruntime-node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrainingBatch } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import {
  dropoutFeeds,
  imageFeeds,
  LABELS,
  LEARNING_RATE,
  LOSS,
  momentumOf,
  next,
} from '../../src-main/engine/onnx/inputs.ts';
import type { Layout } from '../../src-main/engine/onnx/layout.ts';
import { batchLastLayout, blockedLayout, canBeBlocked } from '../../src-main/engine/onnx/layouts.ts';
import { blockOfProcessor, createSession } from '../../src-main/engine/onnx/session.ts';
import { MemoryState } from '../../src-main/engine/onnx/state.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import { learns, type Network } from '../../src-main/network/network.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { networkOf, PLAIN_MULTIPLIERS, randomBatch, randomWeights } from './random-networks.ts';
import { differenceAlong, inFloat64, referenceForward } from './reference.ts';

/**
 * Whole networks in the blocked layout, with adapters and without: a step of SGD with learning rate 1 and without momentum
 * leaves the gradients in the momentum.
 */
const block = await blockOfProcessor();
const of = block ?? 16;
/** Of the norm of a parameter's gradient. Sums in another order leave this in float32. */
const SAME = 1e-5;
const TOLERANCE = 5e-5;
const NEAREST_KINK = 1e-5;

if (block === undefined) process.stderr.write('This processor has no kernels for blocked images: not tested.\n');

/** Stacks of convolutions of whole blocks, with what may stand between them, and a batch of one block. */
const blockable: fc.Arbitrary<Network> = fc
  .record({
    inputSize: fc.integer({ min: 4, max: 6 }),
    first: fc.record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.constantFrom(1, 2),
      blocks: fc.integer({ min: 1, max: 2 }),
    }),
    second: fc.record({
      kernel: fc.integer({ min: 1, max: 3 }),
      groups: fc.boolean(),
      blocks: fc.integer({ min: 1, max: 2 }),
    }),
    between: fc.constantFrom('relu', 'lrn', 'dropout', 'pool'),
    dense: fc.boolean(),
  })
  .map(({ inputSize, first, second, between, dense }) => {
    const groups = second.groups ? first.blocks : 1;
    const others = {
      relu: { type: 'relu' as const },
      lrn: { type: 'lrn' as const, alpha: 1.5 },
      dropout: { type: 'dropout' as const, rate: 0.25 },
      pool: { type: 'pool' as const, mode: 'average' as const, kernel: 2, stride: 1, pad: 1 },
    };
    const weighted = (name: string) => ({ name, multipliers: PLAIN_MULTIPLIERS });
    const half = (kernel: number) => Math.floor(kernel / 2);
    return networkOf(
      inputSize,
      [
        {
          type: 'conv',
          ...weighted('conv1'),
          filters: first.blocks * of,
          kernel: first.kernel,
          stride: first.stride,
          pad: half(first.kernel),
        },
        others[between],
        {
          type: 'conv',
          ...weighted('conv2'),
          filters: second.blocks * groups * of,
          kernel: second.kernel,
          pad: half(second.kernel),
          groups,
        },
        { type: 'relu' },
        ...(dense ? [{ type: 'dense' as const, ...weighted('fc3'), units: 5 }] : []),
        { type: 'dense', ...weighted('last') },
      ],
      3,
      { batchSize: of },
    );
  });

/** With adapters beside the first convolution, or both, and in half of the cases none. */
const adapted = fc
  .tuple(blockable, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 4 }))
  .map(([network, n, rank]) => (rank === 0 ? network : withAdapters(network, n, rank)));

async function gradients(network: Network, layout: Layout, weights: Weights, batch: TrainingBatch, frozen: number) {
  const state = new MemoryState({ network, batchSize: of, frozen, threads: 1, weights });
  const session = await createSession(stepGraph(network, of, frozen, layout), 1);
  const names = network.parameters.map(({ name }) => name);
  const result = await session.run({
    ...Object.fromEntries([...names, ...state.changed].map((name) => [name, state.get(name)])),
    ...imageFeeds(network, batch.images, of),
    ...dropoutFeeds(network, batch.dropoutMasks, of, { from: 0 }),
    [LABELS]: new Tensor('int32', batch.labels, [of, 1]),
    [LEARNING_RATE]: new Tensor('float32', [1], []),
  });
  await session.release();
  const learning = network.parameters.filter((parameter) => learns(parameter, frozen));
  const momenta = learning.map(({ name }) => [name, result[next(momentumOf(name))].data as Float32Array] as const);
  return { loss: Number(result[LOSS].data[0]), momenta: new Map(momenta) };
}

const norm = (values: Iterable<number>): number => Math.sqrt([...values].reduce((sum, value) => sum + value ** 2, 0));

describe.skipIf(block === undefined)('networks in the blocked layout', () => {
  test('have the loss and the gradients of the batch-last layout, adapters and frozen layers included', async () => {
    await fc.assert(
      fc.asyncProperty(adapted, fc.nat(), fc.integer({ min: 0, max: 2 }), async (network, seed, frozen) => {
        const plain = network.parameters.every(({ adapter }) => !adapter);
        expect(canBeBlocked(network, of, of)).toBe(true);
        const [weights, batch] = [randomWeights(network, String(seed)), randomBatch(network, of, String(seed))];
        const reference = referenceForward(network, inFloat64(weights), batch, batch.dropoutMasks);
        fc.pre(reference.distanceToKink > NEAREST_KINK);
        const under = plain ? frozen : 0;
        const blocked = await gradients(network, blockedLayout(network, { block: of }), weights, batch, under);
        const last = await gradients(network, batchLastLayout, weights, batch, under);
        expect(Math.abs(blocked.loss - last.loss)).toBeLessThan(SAME * last.loss);
        expect([...blocked.momenta.keys()]).toEqual([...last.momenta.keys()]);
        for (const [name, expected] of last.momenta) {
          const difference = norm(expected.map((value, i) => value - blocked.momenta.get(name)![i]));
          expect(difference, `gradient of ${name}`).toBeLessThan(SAME * norm(expected) + 1e-8);
        }
      }),
      { seed: 1411, numRuns: 25 },
    );
  });

  test('have the gradients of the float64 reference along random directions of every parameter', async () => {
    const withRank = fc
      .tuple(blockable, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 }))
      .map(([network, n, rank]) => withAdapters(network, n, rank));
    await fc.assert(
      fc.asyncProperty(withRank, fc.nat(), async (network, seed) => {
        const [weights, batch] = [randomWeights(network, String(seed)), randomBatch(network, of, String(seed))];
        const exact = inFloat64(weights);
        fc.pre(referenceForward(network, exact, batch, batch.dropoutMasks).distanceToKink > NEAREST_KINK);
        // By the engine, which chooses the layout.
        const trainer = await createOnnxEngine().compile({ network, batchSize: of, frozen: 0, threads: 1, weights });
        await trainer.step(batch, 1);
        const [after, momentum] = [await trainer.weights(), await trainer.momentum()];
        await trainer.dispose();
        for (const { name, size, kept } of network.parameters) {
          if (kept) {
            expect(after.get(name), `${name}, which is kept`).toEqual(weights.get(name));
            continue;
          }
          const stream = new RandomStream('direction', name, seed);
          const direction = Float64Array.from({ length: size }, () => (stream.uniform() < 0.5 ? -1 : 1));
          const gradient = momentum.get(name)!.data;
          const along = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
          const expected = differenceAlong(network, exact, batch, batch.dropoutMasks, name, direction);
          expect(Math.abs(along - expected), `gradient of ${name}`).toBeLessThan(TOLERANCE * norm(gradient) + 1e-7);
        }
      }),
      { seed: 1411, numRuns: 6 },
    );
  });
});
