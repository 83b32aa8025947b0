import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cropper } from '../../src-main/data/cropper.ts';
import { subtractedMean } from '../../src-main/data/mean-image.ts';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema, type TrainingSpec } from '../../src-main/network/spec.ts';
import { memorySet, pixel } from './memory-set.ts';

const builtIn = BUILT_IN_NETWORKS.get('alexnet-32-small')!.training;

function network(inputSize: number, inputScale: number, pixels?: TrainingSpec['pixels']) {
  const layers = ['fc1', 'fc2'].map((name) => ({ type: 'dense', name, units: name === 'fc1' ? 2 : undefined }));
  return resolveNetwork(
    networkSchema.parse({ name: 'tiny', inputSize, layers, training: { ...builtIn, inputScale, pixels } }),
    2,
  );
}

/** Means that are no round numbers. */
const meanOf = (size: number) => Float32Array.from({ length: 3 * size * size }, (_, place) => (place * 7.77) % 255.9);

interface Example {
  size: number;
  inputSize: number;
  top: number;
  left: number;
  mirrored: boolean;
  scale: number;
}

/** The definition, value by value, in double precision and rounded once. */
function plainCrop(image: number, { size, inputSize, top, left, mirrored, scale }: Example): Float32Array {
  const mean = meanOf(size);
  return Float32Array.from({ length: 3 * inputSize * inputSize }, (_, place) => {
    const x = place % inputSize;
    const row = top + (Math.floor(place / inputSize) % inputSize);
    const column = left + (mirrored ? inputSize - 1 - x : x);
    if (row < 0 || row >= size || column < 0 || column >= size) return 0;
    const from = (Math.floor(place / inputSize ** 2) * size + row) * size + column;
    return (pixel(image, from) - mean[from]) * scale;
  });
}

const example = fc
  .record({ size: fc.integer({ min: 4, max: 24 }), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  .chain(({ size, part }) =>
    fc.record<Example>({
      size: fc.constant(size),
      inputSize: fc.constant(Math.max(4, Math.round(size * part))),
      // Far beyond the image, too: nothing of it is left there.
      top: fc.integer({ min: -size - 1, max: size + 1 }),
      left: fc.integer({ min: -size - 1, max: size + 1 }),
      mirrored: fc.boolean(),
      scale: fc.constantFrom(1, 1 / 12, 1 / 64, 0.3),
    }),
  );

test('every crop has the bytes of its definition, wherever it lies, at every place of the batch', () => {
  fc.assert(
    fc.property(example, fc.nat({ max: 3 }), (options, image) => {
      const { size, inputSize, top, left, mirrored, scale } = options;
      const set: ImageSet = memorySet({ size, classes: ['a', 'b'], train: 2 });
      const cropper = new Cropper({
        ...{ set, images: new Int32Array(0), labels: new Int32Array(0), mean: meanOf(size), batchSize: 2 },
        network: network(inputSize, scale),
      });
      const length = 3 * inputSize ** 2;
      // What stood there before must leave no trace.
      for (const place of [1, 0]) cropper.crop(3 - image, place, 0, 0, !mirrored);
      cropper.crop(image, 1, top, left, mirrored);
      expect(cropper.output.subarray(length)).toEqual(plainCrop(image, options));
      const before = { ...options, top: 0, left: 0, mirrored: !mirrored };
      expect(cropper.output.subarray(0, length)).toEqual(plainCrop(3 - image, before));
    }),
    { numRuns: 300 },
  );
});

test("so has a crop for the paper's network", () => {
  const options = { size: 256, inputSize: 227, top: 11, left: 29, mirrored: true, scale: 1 };
  const set = memorySet({ size: 256, classes: ['a', 'b'], train: 1, heldOut: 1 });
  const cropper = new Cropper({
    ...{ set, images: new Int32Array(0), labels: new Int32Array(0), mean: meanOf(256), batchSize: 1 },
    network: network(227, 1),
  });
  cropper.crop(1, 0, 11, 29, true);
  expect(Buffer.from(cropper.output.buffer).equals(Buffer.from(plainCrop(1, options).buffer))).toBe(true);
});

test('pixels of weights from a file are scaled by channel, and what lies outside of the image is 0', async () => {
  const pixels = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] } as const;
  const set = memorySet({ size: 8, classes: ['a', 'b'], train: 1 });
  const of = network(8, 1, pixels);
  const mean = await subtractedMean(set, Int32Array.of(0, 1), of.spec);
  const cropper = new Cropper({ set, mean, network: of, batchSize: 1 });
  cropper.crop(1, 0, 2, 0, false);
  cropper.output.forEach((value, place) => {
    const [channel, row] = [Math.floor(place / 64), Math.floor(place / 8) % 8];
    const wanted = row < 6 ? (pixel(1, place + 16) - pixels.mean[channel]) / pixels.deviation[channel] : 0;
    expect(value).toBeCloseTo(wanted, 5);
  });
});
