import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Trainer } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { evaluationGraph } from '../../src-main/engine/onnx/forward.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { digest } from './onnx-run.ts';
import { randomBatch, randomWeights, smallWithDropout } from './random-networks.ts';

const network = smallWithDropout();
const BATCH = 32;
const batch = randomBatch(network, BATCH, 'onnx');
const weights = randomWeights(network, 'onnx');

const compile = (options: { frozen?: number; threads?: number } = {}): Promise<Trainer> =>
  createOnnxEngine().compile({ network, batchSize: BATCH, frozen: 0, threads: 1, weights, ...options });

describe('the onnx engine', () => {
  it('names onnxruntime and its version', () => {
    expect(createOnnxEngine()).toMatchObject({ name: 'onnx', version: 'onnxruntime-node 1.30.0, CPU' });
  });

  it('gives the same bytes whatever the number of threads, and in every run', async () => {
    const runs = [1, 1, 2, 3].map(async (threads) => {
      const trainer = await compile({ threads });
      const results = [await trainer.step(batch, 1e-3), await trainer.step(batch, 1e-3), await trainer.evaluate(batch)];
      const state = [...(await trainer.weights()).values(), ...(await trainer.momentum()).values()];
      await trainer.dispose();
      return { results, state: digest(...state.map(({ data }) => data)) };
    });
    const [first, ...others] = await Promise.all(runs);
    for (const other of others) expect(other).toEqual(first);
  });

  it('gives the memory of each state back when the next one is there', async () => {
    const trainer = await compile();
    await trainer.step(batch, 1e-3);
    const tensors = [...(await trainer.weights()).values(), ...(await trainer.momentum()).values()];
    const state = tensors.reduce((bytes, { data }) => bytes + data.byteLength, 0);
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    const before = process.memoryUsage().arrayBuffers;
    for (let step = 0; step < 5; step++) await trainer.step(batch, 1e-3);
    // Left to the garbage collection, it would be five states.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * state);
    await trainer.dispose();
  });

  it('refuses a label that is not a class, and a batch of another size, before anything is changed', async () => {
    const trainer = await compile();
    for (const wrong of [-1, 10])
      await expect(trainer.step({ ...batch, labels: batch.labels.with(3, wrong) }, 0.1)).rejects.toThrow(
        `label ${wrong} is not one of the network's 10 classes`,
      );
    await expect(trainer.evaluate({ ...batch, labels: batch.labels.with(0, 99) })).rejects.toThrow('label 99');
    await expect(trainer.step(randomBatch(network, 5, 'few'), 0.1)).rejects.toThrow('a step takes 32 images, not 5');
    await expect(trainer.step({ ...batch, images: batch.images.subarray(1) }, 0.1)).rejects.toThrow('pixel values');
    await expect(trainer.step({ ...batch, dropoutMasks: [] }, 0.1)).rejects.toThrow('2 dropout layers');
    expect(await trainer.weights()).toEqual(weights);
    await trainer.dispose();
  });
});

describe('the graph of a step', () => {
  it('does no work for the gradients of frozen layers', () => {
    const convolutions = (frozen: number) => stepGraph(network, BATCH, frozen).operators().get('Conv');
    // Forward: 5. Each layer that learns adds a convolution for its weights and, unless it is the lowest, one for its
    // input; those of conv1's weights, with few input channels, are matrix products.
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(convolutions)).toEqual([13, 12, 10, 8, 6, 5, 5, 5]);
  });

  it('is the forward pass, with dropout, where everything is frozen', () => {
    const evaluation = evaluationGraph(network, BATCH).operators();
    const step = stepGraph(network, BATCH, network.depth).operators();
    const dropouts = 2;
    const more = (operator: string, count: number) => evaluation.set(operator, (evaluation.get(operator) ?? 0) + count);
    // The answers to single images are told by an evaluation only.
    more('Reshape', -1);
    more('Cast', -1);
    more('Mul', dropouts);
    more('Transpose', dropouts);
    more('Reshape', 2 * dropouts);
    expect(step).toEqual(evaluation);
  });

  it('keeps the momentum of frozen layers out, and their weights among the inputs only', async () => {
    const trainer = await compile({ frozen: 3 });
    await trainer.step(batch, 1e-3);
    const [after, momentum] = [await trainer.weights(), await trainer.momentum()];
    for (const { name, n } of network.parameters) {
      expect(
        after.get(name)!.data.every((value, i) => value === weights.get(name)!.data[i]),
        name,
      ).toBe(n <= 3);
      expect(
        momentum.get(name)!.data.every((value) => value === 0),
        name,
      ).toBe(n <= 3);
    }
    await trainer.dispose();
  });
});
