import { expect, it } from 'vitest';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { meanImage } from '../../src-main/data/mean-image.ts';
import { layerReadAt } from '../../src-main/engine/onnx/reader.ts';
import { Cancelled, UserError } from '../../src-main/errors.ts';
import { receptiveField } from '../../src-main/network/receptive-field.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { excitingOf } from '../../src-main/units/layer-tops.ts';
import { imagesInReach, spreadOverClasses, topImages } from '../../src-main/units/top-images.ts';
import { memorySet } from '../data/memory-set.ts';
import { networkOf, randomNetworks, randomWeights } from '../engine/random-networks.ts';
import { inFloat64, referenceValues } from '../engine/reference.ts';
import fc from 'fast-check';

const SIZE = 14;
const KERNEL = 4;
const TWO_DENSE = [
  { type: 'dense' as const, name: 'first', units: 3 },
  { type: 'dense' as const, name: 'last' },
];

/** Images told by the test, [3, size, size] each. */
function setOf(images: readonly Uint8Array[]): ImageSet {
  const set = memorySet({ size: SIZE, classes: ['a'], train: images.length, heldOut: 0 });
  return { ...set, read: (image, into, offset = 0) => into.set(images[image], offset) };
}

it('finds a filter that was planted in some images, in the order of its strength', async () => {
  const conv = { type: 'conv' as const, name: 'conv1', filters: 2, kernel: KERNEL, stride: 2, pad: 1 };
  const network = networkOf(10, [conv, { type: 'dense', name: 'last' }], 2);
  const random = new RandomStream('filters');
  const weight = initialWeights(network, 'any').get('conv1.weight')!;
  weight.data.forEach((_, place) => (weight.data[place] = 2 * random.integer(2) - 1));
  const bias = { shape: [2], data: Float32Array.of(100, 7) };
  const pattern = weight.data.subarray(3 * KERNEL ** 2);
  /** Grey with a little noise, and the pattern of a strength at a place. */
  const planted = (strength: number, top: number, left: number) => {
    const image = Uint8Array.from({ length: 3 * SIZE * SIZE }, () => 126 + random.integer(5));
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row < KERNEL; row++)
        for (let column = 0; column < KERNEL; column++)
          image[(channel * SIZE + top + row) * SIZE + left + column] +=
            strength * pattern[(channel * KERNEL + row) * KERNEL + column];
    return image;
  };
  const plain = () => planted(0, 0, 0);
  // The input begins at row and column 2 of the image, and windows at every other place from 1 before it.
  const set = setOf([plain(), planted(40, 3, 7), plain(), planted(90, 7, 3), plain(), planted(60, 3, 3), plain()]);
  const images = spreadOverClasses(set, [0], 100);
  const [tops] = await topImages({
    ...{ set, images, mean: await meanImage(set, images), network, layers: [1], most: 3, threads: 1 },
    weights: new Map([
      ['conv1.weight', weight],
      ['conv1.bias', bias],
    ]),
  });
  const [, , columns] = layerReadAt(network, { n: 1, place: 'weights' }).output;
  const found = excitingOf(tops, 1, columns);
  expect(
    found.map(({ image, row, column }) => {
      const { top, left } = receptiveField(network, 1, row, column);
      return [image, top + 2, left + 2];
    }),
  ).toEqual([
    [3, 7, 3],
    [5, 3, 3],
    [1, 3, 7],
  ]);
  // Each of the 48 weights adds its strength, of which a seventh is the mean's.
  expect(Math.abs(found[0].response - (7 + (48 * 90 * (6 / 7)) / 64))).toBeLessThan(1);
});

it('says of any layer of any network what the mathematics give, in one pass over the images', async () => {
  await fc.assert(
    fc.asyncProperty(randomNetworks, fc.nat(), async (network, seed) => {
      const { inputSize, training } = network.spec;
      const weights = randomWeights(network, String(seed));
      const set = memorySet({ size: inputSize, classes: ['a', 'b'], train: 3 });
      const images = spreadOverClasses(set, [0, 1], 8);
      const mean = await meanImage(set, images);
      const layers = Array.from({ length: network.depth }, (_, i) => i + 1);
      const all = await topImages({ set, images, mean, network, weights, layers, most: 3, threads: 1 });
      const pixels = new Uint8Array(mean.length);
      const right = Array.from(images, (image) => {
        set.read(image, pixels);
        const input = Float64Array.from(pixels, (value, place) => (value - mean[place]) * training.inputScale);
        return referenceValues(network, inFloat64(weights), input);
      });
      for (const tops of all) {
        const read = layerReadAt(network, { n: tops.n, place: 'weights' });
        const [units, rows, columns] = read.output;
        const at = network.layers.indexOf(read);
        for (let unit = 0; unit < units; unit++) {
          const found = excitingOf(tops, unit, columns);
          const best = right
            .map((values) => Math.max(...values[at].subarray(unit * rows * columns, (unit + 1) * rows * columns)))
            .sort((a, b) => b - a);
          found.forEach(({ image, row, column, response }, place) => {
            expect(Math.abs(response - best[place])).toBeLessThan(1e-3);
            const there = right[images.indexOf(image)][at][(unit * rows + row) * columns + column];
            expect(Math.abs(response - there)).toBeLessThan(1e-3);
          });
        }
      }
    }),
    { seed: 1411, numRuns: 15 },
  );
});

it('refuses images that are too small, and stops when it is told to', async () => {
  const network = networkOf(10, TWO_DENSE, 2);
  const weights = randomWeights(network, 'any');
  const look = async (size: number, signal?: AbortSignal) => {
    const set = memorySet({ size, classes: ['a', 'b'], train: 2 });
    const images = Int32Array.of(0, 1);
    const mean = await meanImage(set, images);
    return topImages({ set, images, mean, network, weights, layers: [1], most: 2, threads: 1, signal });
  };
  await expect(look(8)).rejects.toThrow(UserError);
  await expect(look(10, AbortSignal.abort())).rejects.toThrow(Cancelled);
});

it('looks at as many images of each class, as far as a class has them', () => {
  const set = memorySet({ classes: ['a', 'b', 'c'], train: 20, heldOut: 4 });
  // All but two images of class b are of class c instead.
  const labels = set.labels.map((label, image) => (label === 1 && image > 5 ? 2 : label));
  const images = spreadOverClasses({ ...set, labels }, [0, 1], 20);
  const of = (label: number) => [...images].filter((image) => labels[image] === label);
  expect([of(0).length, of(1).length, of(2).length]).toEqual([10, 2, 0]);
  expect([...images]).toEqual([...images].sort((a, b) => a - b));
  expect(of(0).some((image) => set.heldOut[image])).toBe(true);
  expect(imagesInReach(networkOf(10, TWO_DENSE, 2))).toBe(2000);
});
