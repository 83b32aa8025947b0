import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { networkSchema, type NetworkSpec } from '../../src-main/network/spec.ts';
import { resnet } from '../engine/graph-networks.ts';
import { Contestant, torchIsThere } from './contestant.ts';
import { writeExercise } from './exercise.ts';
import { checkAgreement, compare } from './step.ts';

/** Everything in which two libraries may differ, large enough to show in the losses of a few steps. */
const everything = networkSchema.parse({
  name: 'everything',
  inputSize: 12,
  layers: [
    { type: 'conv', name: 'conv1', filters: 8, kernel: 3, stride: 2, pad: 2 },
    { type: 'relu' },
    { type: 'lrn', size: 3, alpha: 0.5, beta: 0.75, k: 2 },
    { type: 'pool', mode: 'average', kernel: 3, stride: 2, pad: 1 },
    { type: 'conv', name: 'conv2', filters: 12, kernel: 3, pad: 1, groups: 2 },
    { type: 'relu' },
    { type: 'pool', mode: 'max', kernel: 3, stride: 2, pad: 1 },
    { type: 'dense', name: 'fc3', units: 16, init: { weight: { kind: 'he' }, bias: 0.1 } },
    { type: 'relu' },
    { type: 'dropout', rate: 0.4 },
    {
      type: 'dense',
      name: 'fc4',
      multipliers: { weight: { learningRate: 3, decay: 2 }, bias: { learningRate: 5, decay: 1 } },
    },
  ],
  training: {
    batchSize: 16,
    epochs: 1,
    learningRate: 0.6,
    momentum: 0.9,
    weightDecay: 0.5,
    schedule: { kind: 'cosine' },
    warmUp: 0,
    cropPadding: 0,
    mirror: false,
  },
});

/** What ConvNeXt and networks for phones have: norms of channels, ReLU6, factors of channels, 1x1 convolutions below and above them. */
const ofPixels = networkSchema.parse({
  name: 'of-pixels',
  inputSize: 12,
  layers: [
    { type: 'conv', name: 'stem', filters: 8, kernel: 3, stride: 2, pad: 1, bias: false },
    { type: 'batch-norm', name: 'bn' },
    { type: 'clip', most: 1 },
    { type: 'conv', name: 'widen', filters: 12, kernel: 1 },
    {
      type: 'residual',
      name: 'block',
      branch: [
        { type: 'conv', name: 'depthwise', filters: 12, kernel: 5, pad: 2, groups: 12 },
        { type: 'layer-norm', name: 'norm', epsilon: 0.1 },
        { type: 'conv', name: 'fc1', filters: 20, kernel: 1 },
        { type: 'gelu' },
        { type: 'conv', name: 'fc2', filters: 12, kernel: 1 },
        {
          type: 'table',
          name: 'gamma',
          mode: 'multiply',
          shape: [12],
          axis: 0,
          init: { kind: 'constant', value: 0.5 },
        },
      ],
    },
    { type: 'global-pool' },
    { type: 'layer-norm', name: 'norm' },
    { type: 'dense', name: 'fc' },
  ],
  training: { ...everything.training, learningRate: 2, weightDecay: 0.05 },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the two sides of the benchmark', () => {
  const graph: NetworkSpec = {
    ...resnet.spec,
    name: 'graph',
    training: { ...resnet.spec.training, clipNorm: undefined },
  };

  it.skipIf(!torchIsThere()).each([everything, graph, ofPixels, BUILT_IN_NETWORKS.get('vit-32')!])(
    'compute the same losses of $name, in every kind of layer and in all that its optimiser does',
    async (spec) => {
      const exercise = join(folder, 'exercise.safetensors');
      writeExercise(exercise, { ...spec, training: { ...spec.training, batchSize: 16 } });
      const settings = [
        { side: 'onnx' as const, exercise, processes: 1 },
        { side: 'torch' as const, exercise, processes: 1 },
        { side: 'torch' as const, exercise, processes: 1, channelsLast: true },
      ];
      const contestants = await Promise.all(settings.map((setting) => Contestant.start(setting, () => {})));
      try {
        const all = await checkAgreement(
          contestants.map((contestant) => contestant!),
          6,
        );
        expect(all).toHaveLength(3);
        // Each step did something, or agreement would mean nothing.
        expect(new Set(all[0].losses.map((loss) => loss.toFixed(3))).size).toBe(all[0].losses.length);
      } finally {
        await Promise.all(contestants.map((contestant) => contestant?.end()));
      }
    },
  );

  it('are not timed where their losses differ', () => {
    const losses = { losses: [2.3, 2.2, 2.1], evaluation: 2 };
    expect(() => compare('onnx', losses, 'torch', { losses: [2.3, 2.2, 2.1001], evaluation: 2 })).not.toThrow();
    const message = /torch does not compute what onnx computes: .* Nothing was timed/;
    expect(() => compare('onnx', losses, 'torch', { losses: [2.3, 2.2, 2.11], evaluation: 2 })).toThrow(message);
    expect(() => compare('onnx', losses, 'torch', { losses: [2.3, 2.2, 2.1], evaluation: 2.01 })).toThrow(message);
    expect(() => compare('onnx', losses, 'torch', { losses: [2.3, NaN, 2.1], evaluation: 2 })).toThrow(message);
    expect(() => compare('onnx', losses, 'torch', { losses: [2.3, 2.2], evaluation: 2 })).toThrow(message);
  });
});
