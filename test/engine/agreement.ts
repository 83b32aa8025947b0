import { expect } from 'vitest';
import type { Engine } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { learningRate } from '../../src-main/network/spec.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import type { Network } from '../../src-main/network/network.ts';
import { networkOf, randomBatch, randomWeights } from './random-networks.ts';

const STEPS = 50;
/** Of the larger of both weights, or of the root mean square of their tensor where that is larger. */
const TOLERANCE = 1e-4;

/** Eight weight layers and every kind of layer, as small as they come; the paper's momentum, decay and multipliers. */
const chain = networkOf(
  10,
  [
    { type: 'conv', name: 'conv1', filters: 6, kernel: 3, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 3, stride: 2, pad: 1 },
    { type: 'lrn', alpha: 0.1 },
    { type: 'conv', name: 'conv2', filters: 6, kernel: 5, pad: 2, groups: 2 },
    { type: 'relu' },
    { type: 'pool', mode: 'average', kernel: 3, stride: 2, pad: 1 },
    { type: 'lrn', alpha: 0.1, size: 3 },
    { type: 'conv', name: 'conv3', filters: 8, kernel: 3, pad: 1 },
    { type: 'relu' },
    { type: 'conv', name: 'conv4', filters: 8, kernel: 3, pad: 1, groups: 2 },
    { type: 'relu' },
    { type: 'conv', name: 'conv5', filters: 8, kernel: 3, pad: 1, stride: 2, groups: 4 },
    { type: 'relu' },
    { type: 'dense', name: 'fc6', units: 16 },
    { type: 'relu' },
    { type: 'dropout' },
    {
      type: 'dense',
      name: 'fc7',
      units: 16,
      multipliers: { weight: { learningRate: 0.5, decay: 2 }, bias: { learningRate: 1, decay: 1 } },
    },
    { type: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', name: 'fc8' },
  ],
  5,
  { batchSize: 5, learningRate: 0.02, momentum: 0.9, weightDecay: 5e-3, warmUp: 0.1 },
);

interface Case {
  readonly frozen: number;
  /** Absent: a chain of every kind of layer that the paper's network has. */
  readonly network?: Network;
  readonly steps?: number;
}

/**
 * Fails unless an engine and the onnx engine agree over some steps in every loss, weight, running statistic and moment, and
 * in an evaluation after them.
 */
export async function expectAgreement(engine: Engine, { frozen, network = chain, steps = STEPS }: Case): Promise<void> {
  const [onnx, other] = await Promise.all(
    [createOnnxEngine(), engine].map((each) => trained(each, network, frozen, steps)),
  );
  onnx.losses.forEach((loss, step) => expect(Math.abs(loss - other.losses[step])).toBeLessThan(TOLERANCE * loss));
  for (const part of ['weights', 'momentum'] as const) {
    expect([...other[part].keys()]).toEqual([...onnx[part].keys()]);
    for (const name of onnx[part].keys()) {
      const difference = relativeDifference(onnx[part], other[part], name);
      expect(difference, `${part} of ${name}`).toBeLessThan(TOLERANCE);
    }
  }
}

async function trained(engine: Engine, network: Network, frozen: number, steps: number) {
  const { batchSize } = network.spec.training;
  const weights = randomWeights(network, 'agreement');
  const trainer = await engine.compile({ network, batchSize, frozen, threads: 1, weights });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = randomBatch(network, batchSize, `step ${step}`);
    losses.push((await trainer.step(batch, learningRate(network.spec.training, step, steps))).loss);
  }
  losses.push((await trainer.evaluate(randomBatch(network, 7, 'held out'))).loss);
  const result = { losses, weights: await trainer.weights(), momentum: await trainer.momentum() };
  await trainer.dispose();
  return result;
}

/** The largest |a - b| / max(|a|, |b|, root mean square of the tensor) of one parameter. */
function relativeDifference(left: Weights, right: Weights, name: string): number {
  const [a, b] = [left.get(name)!.data, right.get(name)!.data];
  const rms = Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length);
  const differences = Array.from(a, (value, i) => {
    const scale = Math.max(Math.abs(value), Math.abs(b[i]), rms);
    return scale === 0 ? 0 : Math.abs(value - b[i]) / scale;
  });
  return Math.max(...differences);
}
