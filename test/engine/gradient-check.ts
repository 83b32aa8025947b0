import { expect } from 'vitest';
import fc from 'fast-check';
import type { Engine, TrainingBatch } from '../../src-main/engine/engine.ts';
import { changes, isStatistic, type Network } from '../../src-main/network/network.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { randomBatch, randomNetworks, randomWeights } from './random-networks.ts';
import {
  differenceAlong,
  gradientByDifferences,
  inFloat64,
  referenceForward,
  type Differences,
  type ReferenceResult,
} from './reference.ts';

const COORDINATES = 8;
/** Of the norm of a parameter's gradient: what float32 sums leave. */
const TOLERANCE = 1e-4;
/** Far more than both the step of the differences and the rounding of float32 can cross. */
const NEAREST_KINK = 1e-4;

interface Options {
  /** Whether any number of layers is frozen. */
  readonly anyFrozen?: boolean;
  /** Whether each gradient is compared along one direction, which is fast, rather than value by value. */
  readonly oneDirection?: boolean;
}

/**
 * The engine's gradients of random networks against central differences of the float64 reference. The gradient is what
 * one step with learning rate 1, no momentum and no decay leaves in the momentum, and takes from the weights. Running
 * statistics are the reference's after the step.
 */
export async function expectGradientsOfRandomNetworks(
  engine: Engine,
  numRuns: number,
  networks: fc.Arbitrary<Network> = randomNetworks,
  options: Options = {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(networks, fc.nat(), async (network, seed) => {
      const frozen = options.anyFrozen ? seed % network.depth : 0;
      const weights = randomWeights(network, String(seed));
      const batch = randomBatch(network, 3, String(seed));
      const reference = referenceForward(network, inFloat64(weights), batch, batch.dropoutMasks, frozen);
      fc.pre(reference.distanceToKink > NEAREST_KINK);
      await expectGradients(engine, network, weights, batch, reference, { ...options, frozen });
    }),
    { seed: 1411, numRuns },
  );
}

async function expectGradients(
  engine: Engine,
  network: Network,
  weights: Weights,
  batch: TrainingBatch,
  { loss, statistics }: ReferenceResult,
  { frozen, oneDirection }: Options & { readonly frozen: number },
): Promise<void> {
  const after = await oneStep(engine, network, weights, batch, frozen);
  expect(Math.abs(after.loss - loss)).toBeLessThan(1e-5 * Math.max(1, loss));
  const exact = inFloat64(weights);
  for (const parameter of network.parameters) {
    const { name, size } = parameter;
    const before = weights.get(name)!.data;
    if (!changes(parameter, frozen)) {
      expect(after.weights.get(name)!.data, `${name}, which is kept`).toEqual(before);
      const momentum = after.momentum.get(name)?.data;
      if (momentum) expect(momentum, `momentum of ${name}`).toEqual(new Float32Array(size));
      continue;
    }
    if (isStatistic(parameter)) {
      const right = statistics.get(name)!;
      const furthest = norm([...after.weights.get(name)!.data].map((value, i) => value - right[i]));
      expect(furthest, `${name} after the step`).toBeLessThan(1e-5 * Math.max(1, norm([...right])));
      continue;
    }
    const gradient = after.momentum.get(name)!.data;
    expect(after.weights.get(name)!.data, `${name} after the step`).toEqual(before.map((w, i) => w - gradient[i]));
    const of = { network, weights: exact, batch, masks: batch.dropoutMasks, parameter: name, frozen };
    const [actual, expected] = oneDirection ? along(of, gradient) : at(of, gradient, coordinates(name, size));
    const difference = norm(actual.map((value, i) => value - expected[i]));
    expect(difference, `gradient of ${name}`).toBeLessThan(
      TOLERANCE * norm([...(oneDirection ? gradient : expected)]) + 1e-7,
    );
  }
}

type Compared = readonly [actual: readonly number[], expected: readonly number[]];

/** Some values of a gradient and their differences. */
const at = (of: Differences, gradient: Float32Array, places: readonly number[]): Compared => [
  places.map((place) => gradient[place]),
  gradientByDifferences(of, places),
];

/** A gradient's product with a random direction and the difference along it. */
function along(of: Differences, gradient: Float32Array): Compared {
  const stream = new RandomStream('direction', of.parameter);
  const direction = Float64Array.from(gradient, () => 2 * stream.integer(2) - 1);
  return [[direction.reduce((sum, value, i) => sum + value * gradient[i], 0)], [differenceAlong(of, direction)]];
}

async function oneStep(engine: Engine, network: Network, weights: Weights, batch: TrainingBatch, frozen: number) {
  const trainer = await engine.compile({ network, batchSize: batch.labels.length, frozen, threads: 1, weights });
  const { loss } = await trainer.step(batch, 1);
  const after = { loss, weights: await trainer.weights(), momentum: await trainer.momentum() };
  await trainer.dispose();
  return after;
}

const coordinates = (name: string, size: number): number[] =>
  new RandomStream('coordinates', name).shuffle(Array.from({ length: size }, (_, i) => i)).slice(0, COORDINATES);

const norm = (values: readonly number[]): number => Math.hypot(...values);
