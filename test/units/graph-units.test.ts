import { describe, expect, it } from 'vitest';
import { meanImage } from '../../src-main/data/mean-image.ts';
import { LayerReader, readingName, type ReadingPoint } from '../../src-main/engine/onnx/reader.ts';
import { UnitGradient } from '../../src-main/engine/onnx/unit-gradient.ts';
import { resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { fieldSize, layerOfUnits, receptiveField, unitShape } from '../../src-main/network/receptive-field.ts';
import { visualise } from '../../src-main/units/feature-visualisation.ts';
import { excitingOf, unitState } from '../../src-main/units/layer-tops.ts';
import { spreadOverClasses, topImages } from '../../src-main/units/top-images.ts';
import { memorySet } from '../data/memory-set.ts';
import { randomBatch, randomWeights } from '../engine/random-networks.ts';
import { tinyMobileNet, tinyResNet, tinyViT } from '../network/tiny-graphs.ts';

const IMAGES = 3;
const [resNet, viT, mobileNet] = [tinyResNet, tinyViT, tinyMobileNet].map((spec) => resolveNetwork(spec, 3));

async function read(network: Network, point: ReadingPoint, images: Float32Array) {
  const weights = randomWeights(network, 'units');
  const reader = await LayerReader.open({ network, weights, points: [point], batchSize: IMAGES, threads: 1 });
  const values = (await reader.read(images)).get(readingName(point))!;
  await reader.dispose();
  return values;
}

describe('the units of a layer', () => {
  it('are the channels of images, and the values of tokens', () => {
    const shapes = (network: Network) =>
      Array.from({ length: network.depth }, (_, below) => unitShape(layerOfUnits(network, below + 1)));
    expect(shapes(resNet)).toEqual([
      ...[
        [4, 8, 8],
        [4, 8, 8],
        [8, 4, 4],
        [3, 1, 1],
      ],
    ]);
    // Four patches and the class token; the head reads that one.
    expect(shapes(viT)).toEqual([
      ...[
        [8, 2, 2],
        [8, 5, 1],
        [8, 5, 1],
        [3, 1, 1],
      ],
    ]);
  });

  it('are read beside what layer n hands on, which may be the same value', async () => {
    const points = (['weights', 'end'] as const).map((place): ReadingPoint => ({ n: resNet.depth, place }));
    const weights = randomWeights(resNet, 'units');
    const reader = await LayerReader.open({ network: resNet, weights, points, batchSize: IMAGES, threads: 1 });
    const both = await reader.read(randomBatch(resNet, IMAGES, 'both').images);
    expect(both.get(readingName(points[0]))).toEqual(both.get(readingName(points[1])));
    await reader.dispose();
  });

  it('of tokens are read value by value: the head computes its logits from those of the class token', async () => {
    const { images } = randomBatch(viT, IMAGES, 'tokens');
    const weights = randomWeights(viT, 'units');
    const [tokens, logits] = [
      await read(viT, { n: 3, place: 'end' }, images),
      await read(viT, { n: 4, place: 'end' }, images),
    ];
    const { data: weight } = weights.get('head.weight')!;
    const { data: bias } = weights.get('head.bias')!;
    for (let image = 0; image < IMAGES; image++) {
      const token = Array.from({ length: 8 }, (_, unit) => tokens[(image * 8 + unit) * 5]);
      const mean = token.reduce((sum, value) => sum + value, 0) / 8;
      const variance = token.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8;
      // The last norm has its initial weights of 1; biases of norms are random.
      const shift = weights.get('norm.bias')!.data;
      const normal = token.map((value, unit) => (value - mean) / Math.sqrt(variance + 1e-5) + shift[unit]);
      for (let label = 0; label < 3; label++) {
        const logit = normal.reduce((sum, value, unit) => sum + weight[label * 8 + unit] * value, bias[label]);
        expect(logits[image * 3 + label]).toBeCloseTo(logit, 4);
      }
    }
  });

  it.each([
    ['resnet', resNet],
    ['vit', viT],
    ['mobilenet', mobileNet],
  ])('have the gradient of finite differences, and respond as they are read: %s', async (_, network) => {
    const weights = randomWeights(network, 'units');
    const { images } = randomBatch(network, IMAGES, 'slopes');
    for (let n = 1; n <= network.depth; n++) {
      const [units, rows, columns] = unitShape(layerOfUnits(network, n));
      const selection = new Float32Array(IMAGES * units * rows * columns);
      const at = (image: number) => ((image * units + (units - 1)) * rows + (rows - 1)) * columns;
      for (let image = 0; image < IMAGES; image++) selection[at(image)] = 1;
      const slopes = await UnitGradient.open({ network, weights, n, batch: IMAGES, threads: 1 });
      const { objective, gradient } = await slopes.at(images, selection);
      const values = await read(network, { n, place: 'weights' }, images);
      for (let image = 0; image < IMAGES; image++) expect(objective[image]).toBeCloseTo(values[at(image)], 4);
      // Along its own direction the objective rises by the gradient's length.
      const step = 1e-3 / Math.hypot(...gradient);
      const moved = async (by: number) =>
        (
          await slopes.at(
            images.map((x, i) => x + by * gradient[i]),
            selection,
          )
        ).objective;
      const [above, below] = [await moved(step), await moved(-step)];
      const rise = above.reduce((sum, value, image) => sum + value - below[image], 0) / (2 * step);
      const length = gradient.reduce((sum, value) => sum + value ** 2, 0);
      expect(Math.abs(rise / length - 1), `layer ${n}`).toBeLessThan(0.03);
      await slopes.dispose();
    }
  });
});

it('a unit of a residual block sees what its branch and its shortcut see, one of a transformer’s block the whole image', () => {
  // conv1 3, two of 3x3 in layer1.0; layer2.0 begins with a stride of 2.
  expect([1, 2, 3].map((n) => fieldSize(resNet, n))).toEqual([3, 7, 8]);
  expect(receptiveField(resNet, 2, 0, 7)).toEqual({ top: 0, left: 4, rows: 4, columns: 4 });
  expect(receptiveField(viT, 1, 1, 0)).toEqual({ top: 4, left: 0, rows: 4, columns: 4 });
  for (const token of [0, 4])
    expect(receptiveField(viT, 2, token, 0)).toEqual({ top: 0, left: 0, rows: 8, columns: 8 });
});

it.each([
  ['resnet', resNet],
  ['vit', viT],
])('the images that excite units most, and pictures of what does, of a %s', async (_, network) => {
  const weights = randomWeights(network, 'units');
  const set = memorySet({ size: 8, classes: ['a', 'b'], train: 4 });
  const images = spreadOverClasses(set, [0, 1], 8);
  const mean = await meanImage(set, images);
  const layers = Array.from({ length: network.depth }, (_, below) => below + 1);
  const all = await topImages({ set, images, mean, network, weights, layers, most: 3, threads: 1 });
  for (const tops of all) {
    const [units, rows, columns] = unitShape(layerOfUnits(network, tops.n));
    expect(tops.units).toBe(units);
    for (let unit = 0; unit < units; unit++) {
      expect(['answers', 'silent']).toContain(unitState(network, tops, unit));
      const found = excitingOf(tops, unit, columns);
      expect(found.every(({ row, column }) => row < rows && column < columns)).toBe(true);
      expect(found.map(({ response }) => response)).toEqual(
        found.map(({ response }) => response).toSorted((a, b) => b - a),
      );
    }
  }
  for (const n of [1, 2]) {
    const { pictures } = await visualise({ network, weights, n, units: [3], seeds: 1, mean, threads: 1 });
    expect(pictures[0].response).toBeGreaterThan(pictures[0].before);
  }
});

it('a unit below zero is silent only where its own ReLU reads it: not a convolution that a norm reads first', () => {
  const stateOf = (network: Network, n: number) =>
    unitState(
      network,
      {
        ...{ n, units: 1, most: 2, images: Int32Array.of(0, 1), places: Int32Array.of(0, 0) },
        ...{ responses: Float32Array.of(-1, -2), least: Float32Array.of(-2) },
      },
      0,
    );
  expect(stateOf(resNet, 1)).toBe('answers');
  expect(stateOf(resNet, 2)).toBe('silent');
  expect(stateOf(viT, 2)).toBe('answers');
});
