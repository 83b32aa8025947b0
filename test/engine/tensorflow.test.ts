import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import tf from '@tensorflow/tfjs';
import { createTensorflowEngine, type TensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { UserError } from '../../src-main/errors.ts';
import { describeEngine } from './engine-contract.ts';
import { networkOf, randomBatch, randomWeights } from './random-networks.ts';

const create = () => createTensorflowEngine({ backend: 'cpu' });
describeEngine('tensorflow on the JavaScript backend', create);

describe('tensorflow', () => {
  let engine: TensorflowEngine;
  let before: number;
  beforeAll(async () => {
    engine = await create();
    before = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

  const network = networkOf(
    6,
    [
      { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
      { type: 'relu' },
      { type: 'pool', kernel: 3, stride: 2, pad: 1 },
      { type: 'lrn' },
      { type: 'conv', name: 'conv2', filters: 4, kernel: 3, pad: 1, groups: 2 },
      { type: 'pool', mode: 'average', kernel: 2, stride: 1, pad: 1 },
      { type: 'dropout' },
      { type: 'dense', name: 'fc' },
    ],
    3,
  );
  const compile = (frozen: number) =>
    engine.compile({ network, batchSize: 4, frozen, threads: 1, weights: randomWeights(network, 'w') });

  test('holds the same tensors after every step', async () => {
    const trainer = await compile(1);
    const counts = new Set<number>();
    for (let step = 0; step < 5; step++) {
      await trainer.step(randomBatch(network, 4, `step ${step}`), 0.01);
      await trainer.evaluate(randomBatch(network, 7, 'held out'));
      await trainer.weights();
      await trainer.momentum();
      counts.add(tf.memory().numTensors);
    }
    expect(counts.size).toBe(1);
    await trainer.dispose();
  });

  test('computes no gradient of a frozen layer, nor of what is below it', async () => {
    const kernelsOf = async (frozen: number) => {
      const trainer = await compile(frozen);
      const profile = await tf.profile(async () => {
        await trainer.step(randomBatch(network, 4, 'batch'), 0.01);
        return tf.scalar(0);
      });
      (profile.result as tf.Tensor).dispose();
      await trainer.dispose();
      return profile.kernelNames;
    };
    expect(await kernelsOf(0)).toEqual(
      expect.arrayContaining(['Conv2DBackpropFilter', 'Conv2DBackpropInput', 'MaxPoolGrad', 'LRNGrad', 'AvgPoolGrad']),
    );
    const frozen1 = await kernelsOf(1);
    expect(frozen1).toContain('Conv2DBackpropFilter');
    for (const name of ['Conv2DBackpropInput', 'MaxPoolGrad', 'LRNGrad']) expect(frozen1).not.toContain(name);
    expect((await kernelsOf(2)).filter((name) => /Grad|Backprop/.test(name))).toEqual([]);
  });

  test('falls back to JavaScript where the native package is missing, and says why', async () => {
    const automatic = await createTensorflowEngine();
    if (automatic.backend === 'native') expect(automatic.reason).toBeUndefined();
    else {
      expect(automatic.reason).toMatch(
        /^Native TensorFlow can't be used \(@tensorflow\/tfjs-node-gpu: .+; @tensorflow\/tfjs-node: .+\)\.$/,
      );
      expect(automatic.reason).not.toContain('\n');
      await expect(createTensorflowEngine({ backend: 'native' })).rejects.toBeInstanceOf(UserError);
    }
  });
});
