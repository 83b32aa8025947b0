import { describe, expect, test } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { adapterNames, isStatistic, resolveNetwork, type Network } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { centreOf, mergedWeights, withAdapters } from '../../src-main/network/variants.ts';
import { initialWeights, type Tensor, type Weights } from '../../src-main/network/weights.ts';
import { tinyMobileNet, tinyResNet, tinyViT } from '../network/tiny-graphs.ts';
import { randomBatch, randomWeights } from './random-networks.ts';

const RANK = 2;
const IMAGES = 6;
const engine = createOnnxEngine();

/** Steps of plain gradient descent at a rate of 1: what a step takes away is the gradient. */
const descending = (spec: NetworkSpec): NetworkSpec => ({
  ...spec,
  training: { ...spec.training, momentum: 0, weightDecay: 0, optimiser: undefined, clipNorm: undefined },
});

async function gradients(network: Network, weights: Weights): Promise<Weights> {
  const trainer = await engine.compile({ network, batchSize: IMAGES, frozen: 0, threads: 1, weights });
  await trainer.step(randomBatch(network, IMAGES, 'batch'), 1);
  const after = await trainer.weights();
  await trainer.dispose();
  return new Map(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => value - after.get(name)!.data[i]) },
    ]),
  );
}

async function lossOf(network: Network, weights: Weights): Promise<number> {
  const trainer = await engine.compile({ network, batchSize: IMAGES, frozen: 0, threads: 1, weights });
  const { loss } = await trainer.evaluate(randomBatch(network, IMAGES, 'batch'));
  await trainer.dispose();
  return loss;
}

/** a b, or with a turned */
function product(a: Tensor, b: Tensor, turned: 'a' | 'b'): Tensor {
  const at = ({ shape, data }: Tensor, isTurned: boolean, row: number, column: number) =>
    isTurned ? data[column * shape[1] + row] : data[row * shape[1] + column];
  const rows = a.shape[turned === 'a' ? 1 : 0];
  const columns = b.shape[turned === 'b' ? 0 : 1];
  const terms = a.shape[turned === 'a' ? 0 : 1];
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let term = 0; term < terms; term++)
        data[row * columns + column] += at(a, turned === 'a', row, term) * at(b, turned === 'b', term, column);
  return { shape: [rows, columns], data };
}

/** The part of a weight's gradient that an adapter sees: all of a matrix, the centre of a kernel. */
function seen({ shape, data }: Tensor): Tensor {
  const [outputs, inputs, kernel = 1] = shape;
  const centre = centreOf(kernel) * kernel + centreOf(kernel);
  return {
    shape: [outputs, inputs],
    data: Float32Array.from({ length: outputs * inputs }, (_, i) => data[i * kernel ** 2 + centre]),
  };
}

function expectClose(given: Tensor, wanted: Tensor, what: string) {
  expect(given.shape, what).toEqual(wanted.shape);
  const size = Math.hypot(...wanted.data);
  expect(Math.hypot(...given.data.map((value, i) => value - wanted.data[i])), what).toBeLessThan(1e-4 * size + 1e-6);
}

describe.each([tinyResNet, tinyViT, tinyMobileNet])('adapters in $name', (spec) => {
  const plain = resolveNetwork(descending(spec), 3);
  const adapted = withAdapters(plain, plain.depth - 1, RANK);
  const weights = randomWeights(adapted, 'w');

  test('stand beside every convolution and dense layer that is copied, those of attention and depthwise ones too', () => {
    const beside = adapted.layers.filter(({ adapterRank }) => adapterRank === RANK).map(({ name }) => name);
    expect(beside).toEqual(
      plain.layers
        .filter(({ spec: { type }, n }) => n < plain.depth && /^(conv|dense)$/.test(type))
        .map(({ name }) => name),
    );
    const expected = { 'tiny-resnet': 'conv1', 'tiny-vit': 'blocks.1.attn.qkv', 'tiny-mobilenet': 'block.dw' };
    expect(beside).toContain(expected[spec.name as keyof typeof expected]);
  });

  test('have the gradients that follow from those of the weights that they are added to', async () => {
    // Norms as beside adapters: with running statistics, which are kept.
    const merged: Network = {
      ...plain,
      parameters: plain.parameters.map((one) => (isStatistic(one) ? { ...one, kept: true } : one)),
    };
    const [own, whole] = [await gradients(adapted, weights), await gradients(merged, mergedWeights(adapted, weights))];
    for (const layer of adapted.layers.filter(({ adapterRank }) => adapterRank !== undefined)) {
      const { a, b } = adapterNames(layer);
      const d = seen(whole.get(`${layer.name}.weight`)!);
      expectClose(own.get(a)!, product(weights.get(b)!, d, 'a'), a);
      expectClose(own.get(b)!, product(d, weights.get(a)!, 'b'), b);
    }
    for (const { name, kept } of adapted.parameters)
      if (kept)
        expect(
          own.get(name)!.data.every((value) => value === 0),
          name,
        ).toBe(true);
  });

  test('compute what the merged network computes, and begin as the network without them', async () => {
    expect(await lossOf(plain, mergedWeights(adapted, weights))).toBeCloseTo(await lossOf(adapted, weights), 5);
    const [beside, without] = [initialWeights(adapted, 'start'), initialWeights(plain, 'start')];
    expect(await lossOf(adapted, beside)).toBe(await lossOf(plain, without));
  });
});

test('an AnB~4 of an AlexNet has adapters beside convolutions only, as those that are stored', () => {
  const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 3);
  const adapted = withAdapters(network, 7, 4).layers.filter(({ adapterRank }) => adapterRank === 4);
  expect(adapted.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5']);
});
