import { expect } from 'vitest';
import fc from 'fast-check';
import type { Engine, TrainingBatch } from '../../src-main/engine/engine.ts';
import type { Network } from '../../src-main/network/network.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { randomBatch, randomNetworks, randomWeights } from './random-networks.ts';
import { gradientByDifferences, inFloat64, referenceForward } from './reference.ts';

const COORDINATES = 8;
/** Of the norm of a parameter's gradient: what float32 sums leave. */
const TOLERANCE = 1e-4;
/** Far more than both the step of the differences and the rounding of float32 can cross. */
const NEAREST_KINK = 1e-4;

/**
 * The engine's gradients of random networks against central differences of the float64 reference. The gradient is what
 * one step with learning rate 1, no momentum and no decay leaves in the momentum, and takes from the weights.
 */
export async function expectGradientsOfRandomNetworks(
  engine: Engine,
  numRuns: number,
  networks: fc.Arbitrary<Network> = randomNetworks,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(networks, fc.nat(), async (network, seed) => {
      const weights = randomWeights(network, String(seed));
      const batch = randomBatch(network, 3, String(seed));
      const reference = referenceForward(network, inFloat64(weights), batch, batch.dropoutMasks);
      fc.pre(reference.distanceToKink > NEAREST_KINK);
      await expectGradients(engine, network, weights, batch, reference.loss);
    }),
    { seed: 1411, numRuns },
  );
}

async function expectGradients(
  engine: Engine,
  network: Network,
  weights: Weights,
  batch: TrainingBatch,
  loss: number,
): Promise<void> {
  const after = await oneStep(engine, network, weights, batch);
  expect(Math.abs(after.loss - loss)).toBeLessThan(1e-5 * Math.max(1, loss));
  const exact = inFloat64(weights);
  for (const { name, size, kept } of network.parameters) {
    const before = weights.get(name)!.data;
    if (kept) {
      expect(after.weights.get(name)!.data, `${name}, which is kept`).toEqual(before);
      expect(after.momentum.get(name)!.data, `momentum of ${name}`).toEqual(new Float32Array(size));
      continue;
    }
    const gradient = after.momentum.get(name)!.data;
    expect(after.weights.get(name)!.data, `${name} after the step`).toEqual(before.map((w, i) => w - gradient[i]));
    const at = coordinates(name, size);
    const expected = gradientByDifferences(network, exact, batch, batch.dropoutMasks, name, at);
    const difference = norm(at.map((coordinate, i) => gradient[coordinate] - expected[i]));
    expect(difference, `gradient of ${name}`).toBeLessThan(TOLERANCE * norm(expected) + 1e-7);
  }
}

async function oneStep(engine: Engine, network: Network, weights: Weights, batch: TrainingBatch) {
  const trainer = await engine.compile({ network, batchSize: batch.labels.length, frozen: 0, threads: 1, weights });
  const { loss } = await trainer.step(batch, 1);
  const after = { loss, weights: await trainer.weights(), momentum: await trainer.momentum() };
  await trainer.dispose();
  return after;
}

const coordinates = (name: string, size: number): number[] =>
  new RandomStream('coordinates', name).shuffle(Array.from({ length: size }, (_, i) => i)).slice(0, COORDINATES);

const norm = (values: readonly number[]): number => Math.hypot(...values);
