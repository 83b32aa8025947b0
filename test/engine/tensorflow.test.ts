import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { createTensorflowEngine, type TensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { BINDING_FILE, installationFolder, RECORD_FILE } from '../../src-main/engine/tensorflow/installation.ts';
import { UserError } from '../../src-main/errors.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { describeEngine } from './engine-contract.ts';
import { madeUpInstallation } from './made-up-installation.ts';
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

  test('falls back to JavaScript where there is no native library, and says what would build it', async () => {
    const automatic = await createTensorflowEngine({ home: temporaryFolder() });
    expect(automatic).toMatchObject({ backend: 'cpu', gpu: false });
    expect(automatic.reason).toBe('Native TensorFlow is not there; "transplant engine add tensorflow" builds it.');
    await expect(createTensorflowEngine({ backend: 'native' })).rejects.toBeInstanceOf(UserError);
  });

  test.each([
    ['a damaged record', 'not json', /engine\.json is damaged/],
    ['a build of another machine', { platform: 'plan9-mips' }, /built for plan9-mips, and this is/],
    ['a build of another version', { bindingVersion: '1.0.0' }, /1\.0\.0, and 4\.\d+\.\d+ is installed/],
    ['a lost binding', {}, /tfjs_binding\.node/],
    ['a binding that was changed', { files: { [BINDING_FILE]: '0'.repeat(64) } }, /is damaged/],
  ])('does not load %s: it says so, and how it is mended', async (what, change, reason) => {
    const home = temporaryFolder();
    const folder = installationFolder(home);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, RECORD_FILE),
      typeof change === 'string' ? change : JSON.stringify({ ...madeUpInstallation, ...change }),
    );
    if (what.endsWith('changed')) writeFileSync(join(folder, BINDING_FILE), 'not a library');
    const engine = await createTensorflowEngine({ home });
    expect(engine.backend).toBe('cpu');
    expect(engine.reason).toMatch(reason);
    expect(engine.reason).toMatch(
      /^The TensorFlow in .+ can't be used \(.+\); "transplant engine add .+" builds it anew\.$/,
    );
  });
});
