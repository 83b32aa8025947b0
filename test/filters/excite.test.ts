import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { Cancelled, UserError } from '../../src-main/errors.ts';
import { excitingImages, type FirstLayerFilter } from '../../src-main/filters/excite.ts';
import { RandomStream } from '../../src-main/random.ts';
import { memorySet, pixel } from '../data/memory-set.ts';

/** Images told by the test, [3, size, size] each. */
function setOf(size: number, images: readonly Uint8Array[]): ImageSet {
  return {
    ...memorySet({ size, classes: ['a'], train: images.length, heldOut: 0 }),
    read: (image, into) => into.set(images[image]),
  };
}

const SIZE = 14;
const KERNEL = 4;

/** Weights of -1 and 1, two filters of all three channels. */
function twoFilters(): FirstLayerFilter {
  const random = new RandomStream('filters');
  const data = Float32Array.from({ length: 2 * 3 * KERNEL ** 2 }, () => 2 * random.integer(2) - 1);
  return {
    weight: { shape: [2, 3, KERNEL, KERNEL], data },
    bias: Float32Array.of(100, 7),
    ...{ filter: 1, stride: 2, pad: 1, inputSize: 10, inputScale: 1 / 64 },
  };
}

test('a filter that was planted in some images is found there, in the order of its strength', async () => {
  const filter = twoFilters();
  const random = new RandomStream('images');
  const pattern = filter.weight.data.subarray(3 * KERNEL ** 2);
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
  const images = [plain(), planted(40, 3, 7), plain(), planted(90, 7, 3), plain(), planted(60, 3, 3), plain()];
  const found = await excitingImages(setOf(SIZE, images), filter, { most: 3, among: 100 });
  expect(found.map(({ image, row, column }) => [image, row, column])).toEqual([
    [3, 8.5, 4.5],
    [5, 4.5, 4.5],
    [1, 4.5, 8.5],
  ]);
  // Each of the 48 weights adds its strength, of which a seventh is the mean's.
  expect(Math.abs(found[0].response - (7 + (48 * 90 * (6 / 7)) / 64))).toBeLessThan(1);
});

test('what is said of an image is what the convolution gives, and it gives no more anywhere else', async () => {
  const drawn = fc.record({
    inputSize: fc.integer({ min: 4, max: 8 }),
    beyond: fc.integer({ min: 0, max: 3 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.integer({ min: 0, max: 2 }),
    channels: fc.constantFrom(1, 3),
    filter: fc.nat(2),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ inputSize, beyond, kernel, stride, pad, channels, filter, seed }) => {
      const size = inputSize + beyond;
      const random = new RandomStream(seed);
      const data = Float32Array.from({ length: 3 * channels * kernel ** 2 }, () => random.gaussian());
      const weight = { shape: [3, channels, kernel, kernel], data };
      const bias = Float32Array.from({ length: 3 }, () => random.gaussian());
      const set = memorySet({ size, classes: ['a', 'b'], train: 3 });
      const options = { weight, bias, filter, stride, pad, inputSize, inputScale: 0.5 };
      const found = await excitingImages(set, options, { most: 100, among: 100 });
      expect(found.map(({ image }) => image).sort((a, b) => a - b)).toEqual(
        Array.from({ length: set.index.count }, (_, i) => i),
      );

      const margin = Math.floor((size - inputSize) / 2);
      /** What the first layer reads at a place of the padded input. */
      const value = (image: number, channel: number, row: number, column: number) => {
        if (Math.min(row, column) < pad || Math.max(row, column) >= pad + inputSize) return 0;
        const place = (channel * size + row - pad + margin) * size + column - pad + margin;
        const all = Array.from({ length: set.index.count }, (_, other) => pixel(other, place));
        const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
        return 0.5 * (pixel(image, place) - mean);
      };
      const at = (image: number, top: number, left: number) => {
        let sum = bias[filter];
        for (let channel = 0; channel < channels; channel++)
          for (let row = 0; row < kernel; row++)
            for (let column = 0; column < kernel; column++)
              sum +=
                data[((filter * channels + channel) * kernel + row) * kernel + column] *
                // With one channel a filter there are three groups, one for each colour.
                value(image, channels === 1 ? filter : channel, top + row, left + column);
        return sum;
      };
      for (const { image, row, column, response } of found.slice(0, 2)) {
        const [top, left] = [row, column].map((centre) => centre - margin + pad - (kernel - 1) / 2);
        expect(at(image, top, left)).toBeCloseTo(response, 2);
        for (let y = 0; y + kernel <= inputSize + 2 * pad; y += stride)
          for (let x = 0; x + kernel <= inputSize + 2 * pad; x += stride)
            expect(at(image, y, x)).toBeLessThanOrEqual(response + 0.005);
      }
    }),
    { numRuns: 40 },
  );
});

test('of many images, those looked at are spread evenly over the set', async () => {
  const set = memorySet({ size: 10, classes: ['a', 'b'], train: 50, heldOut: 0 });
  const found = await excitingImages(set, twoFilters(), { most: 100, among: 5 });
  expect(found.map(({ image }) => image).sort((a, b) => a - b)).toEqual([10, 30, 50, 70, 90]);
});

test('images that are too small, a filter that there is not, and a listener that went away', async () => {
  const few = { most: 3, among: 10 };
  const set = memorySet({ size: 8, classes: ['a'], train: 5 });
  await expect(excitingImages(set, twoFilters(), few)).rejects.toThrow(UserError);
  const filter = { ...twoFilters(), inputSize: 8 };
  await expect(excitingImages(set, { ...filter, filter: 2 }, few)).rejects.toThrow('no filter 2 among 2');
  await expect(excitingImages(set, filter, few, AbortSignal.abort())).rejects.toThrow(Cancelled);
});
