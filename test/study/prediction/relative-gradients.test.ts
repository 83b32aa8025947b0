import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageSet } from '../../../src-main/data/image-set.ts';
import { openImageSet } from '../../../src-main/data/packed/open.ts';
import { subtractedMean } from '../../../src-main/data/mean-image.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { networkSchema, type EntryInput, type NetworkInput } from '../../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../../src-main/network/weights.ts';
import { relativeGradients } from '../../../src-main/study/prediction/relative-gradients.ts';
import { sampleOf } from '../../../src-main/study/prediction/sample.ts';
import { tinyNetwork, writeColours } from '../tiny-study.ts';

let set: ImageSet & { close(): void };
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-rgn-'));
  set = openImageSet((await writeColours(folder)).folder);
});
afterAll(() => {
  set.close();
  rmSync(folder, { recursive: true });
});

const conv = (name: string, rate = 1): EntryInput => ({
  ...{ type: 'conv', name, filters: 4, kernel: 3, pad: 1, bias: false },
  multipliers: { weight: { learningRate: rate, decay: 1 }, bias: { learningRate: 1, decay: 0 } },
});
const input = networkSchema.parse(tinyNetwork);

/** Two convolutions without biases, so that a factor of the first and its inverse of the second change nothing. */
function network(settings: Partial<NetworkInput['training']> = {}, rate = 1) {
  return resolveNetwork(
    networkSchema.parse({
      ...{ name: 'homogeneous', inputSize: input.inputSize },
      layers: [
        conv('one', rate),
        { type: 'relu' },
        conv('two'),
        { type: 'relu' },
        { type: 'global-pool' },
        { type: 'dense', name: 'fc' },
      ],
      training: { ...input.training, ...settings },
    }),
    4,
  );
}

const scaled = (weights: Weights, factors: Record<string, number>): Weights =>
  new Map(
    [...weights].map(([name, { shape, data }]) => {
      const factor = factors[name.split('.')[0]] ?? 1;
      return [name, { shape, data: data.map((value) => value * factor) }];
    }),
  );

async function rgn(of: ReturnType<typeof network>, weights: Weights) {
  const classes = set.index.classes;
  const { train, trained } = sampleOf(set, { classes, imagesPerClass: null, trainingSeed: 1 });
  const mean = await subtractedMean(set, trained, of.spec);
  const signal = new AbortController().signal;
  const source = { network: of, weights };
  return relativeGradients({ source, set, classes: 4, images: train, mean, threads: 1, signal, onBatch: () => {} });
}

it('is the norm of the gradient over that of the weights: weights twice as large have a quarter', async () => {
  const weights = initialWeights(network(), 'rgn');
  const before = await rgn(network(), weights);
  const after = await rgn(network(), scaled(weights, { one: 2, two: 1 / 2 }));
  expect([...before.keys()]).toEqual([1, 2]);
  expect(after.get(1)! / before.get(1)!).toBeCloseTo(1 / 4, 4);
  expect(after.get(2)! / before.get(2)!).toBeCloseTo(4, 3);
  expect(before.get(1)).toBeGreaterThan(1e-4);
});

it('is of the network, not of how it would be trained', async () => {
  const weights = initialWeights(network(), 'rgn');
  const plain = await rgn(network(), weights);
  const adam = { optimiser: { kind: 'adamw' as const }, clipNorm: 1e-3, labelSmoothing: 0.3, weightDecay: 0.3 };
  const other = await rgn(network(adam, 3), weights);
  for (const n of [1, 2]) expect(other.get(n)! / plain.get(n)!).toBeCloseTo(1, 4);
});

it('a layer without anything that learns, or of zeros, has none', async () => {
  const weights = initialWeights(network(), 'rgn');
  expect((await rgn(network(), scaled(weights, { one: 0 }))).get(1)).toBeNull();
});
