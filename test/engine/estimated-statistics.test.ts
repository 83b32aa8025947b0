import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { createTensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { withEstimatedStatistics } from '../../src-main/engine/trainer/estimated-statistics.ts';
import { isStatistic, type Network } from '../../src-main/network/network.ts';
import type { EntryInput } from '../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import { networkOf, randomBatch } from './random-networks.ts';

const [BATCH, SIZE] = [5, 6];
const onnx = createOnnxEngine();

const conv = (name: string, filters: number, kernel = 3): EntryInput => ({
  ...{ type: 'conv', name, filters, kernel, pad: (kernel - 1) / 2, bias: false },
});
const norm = (name: string): EntryInput => ({ type: 'batch-norm', name });
/** A momentum of its own, of which nothing may be seen, a dropout, and a norm that belongs to the last layer. */
const small = networkOf(
  SIZE,
  [
    conv('conv1', 4, 1),
    { type: 'batch-norm', name: 'bn1', momentum: 0.3 },
    { type: 'relu' },
    { type: 'dropout' },
    conv('conv2', 6),
    norm('bn2'),
    { type: 'relu' },
    { type: 'global-pool' },
    norm('top'),
    { type: 'dense', name: 'fc' },
  ],
  3,
);

const batchOf = (network: Network) => (step: number) => randomBatch(network, BATCH, `batch ${step}`);
const estimated = (network: Network, weights: Weights, images: number, engine: Engine = onnx) =>
  withEstimatedStatistics(weights, {
    ...{ network, engine, images, batchSize: BATCH, threads: 1, batchOf: batchOf(network) },
  });

describe('statistics of random layers', () => {
  const weights = initialWeights(small, 'seed');

  it('are means over batches of their mean and unbiased variance', async () => {
    const given = await estimated(small, weights, 12);
    const filters = weights.get('conv1.weight')!.data;
    const pixels = SIZE ** 2;
    const batches = [0, 1, 2].map((step) => {
      const { images } = batchOf(small)(step);
      return [0, 1, 2, 3].map((filter) => {
        const values = Array.from({ length: BATCH * pixels }, (_, i) => {
          const at = Math.floor(i / pixels) * 3 * pixels + (i % pixels);
          return [0, 1, 2].reduce((sum, c) => sum + filters[filter * 3 + c] * images[at + c * pixels], 0);
        });
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
      });
    });
    for (const filter of [0, 1, 2, 3]) {
      const over = (key: 'mean' | 'variance') => batches.reduce((sum, batch) => sum + batch[filter][key], 0) / 3;
      expect(given.get('bn1.running_mean')!.data[filter]).toBeCloseTo(over('mean'), 5);
      expect(given.get('bn1.running_var')!.data[filter]).toBeCloseTo(over('variance'), 5);
    }
  });

  it('are all that is given, and not those of the last layer, which learns', async () => {
    const given = await estimated(small, weights, 12);
    expect([...given.keys()]).toEqual([...weights.keys()]);
    for (const parameter of small.parameters) {
      const { name, n } = parameter;
      const same = given.get(name)!.data.join() === weights.get(name)!.data.join();
      expect(same, name).toBe(!isStatistic(parameter) || n === small.depth);
    }
  });

  it('are the same by both engines', async () => {
    const one = await estimated(small, weights, 20);
    const other = await estimated(small, weights, 20, await createTensorflowEngine());
    for (const [name, { data }] of one)
      data.forEach((value, i) => expect(other.get(name)!.data[i], name).toBeCloseTo(value, 4));
  });

  it('keep the values of a deep network from growing', async () => {
    const block: EntryInput = {
      ...{ type: 'residual', name: 'block', times: 20 },
      branch: [conv('conv1', 16), norm('bn1'), { type: 'relu' }, conv('conv2', 16), norm('bn2')],
      after: [{ type: 'relu' }],
    };
    const deep = networkOf(
      SIZE,
      [conv('stem', 16), norm('bn'), block, { type: 'global-pool' }, { type: 'dense', name: 'fc' }],
      3,
    );
    const loss = async (given: Weights) => {
      const trainer = await onnx.compile({ network: deep, batchSize: BATCH, frozen: 0, threads: 1, weights: given });
      const result = await trainer.evaluate(batchOf(deep)(9));
      await trainer.dispose();
      return result.loss;
    };
    const untrained = initialWeights(deep, 'deep');
    const fitting = await loss(await estimated(deep, untrained, 50));
    expect(fitting).toBeLessThan(20);
    expect(await loss(untrained)).toBeGreaterThan(50 * fitting);
  });
});
