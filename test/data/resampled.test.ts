import { expect, test } from 'vitest';
import { imagesFor } from '../../src-main/data/resampled.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { memorySet } from './memory-set.ts';

const spec = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
const reading = (imageSize?: number) => ({ ...spec, training: { ...spec.training, imageSize } });

/** One row of one channel of the first image, which is the same in every row. */
function resampledRow(row: readonly number[], to: number): number[] {
  const size = row.length;
  const set = memorySet({ size, classes: ['a', 'b'], train: 1 });
  const rows = { ...set, read: (_: number, into: Uint8Array) => into.forEach((_, i) => (into[i] = row[i % size])) };
  const pixels = new Uint8Array(3 * to * to);
  imagesFor(rows, reading(to)).read(0, pixels);
  const read = [...pixels.subarray(0, to)];
  // A sum that ends in 1/2 may be rounded up in one row and down in another.
  for (let i = 0; i < pixels.length; i++) expect(Math.abs(pixels[i] - read[i % to])).toBeLessThanOrEqual(1);
  return read;
}

test('images are resampled as Pillow does: bilinear between centres, wider where they shrink', () => {
  // Image.fromarray(...).resize(..., Image.BILINEAR) of Pillow 13.
  expect(resampledRow([0, 100, 200, 40], 8)).toEqual([0, 25, 75, 125, 175, 160, 80, 40]);
  expect(resampledRow([0, 101, 200, 40, 80, 250], 3)).toEqual([72, 113, 147]);
  expect(resampledRow([10, 10, 10, 10, 10], 7)).toEqual([10, 10, 10, 10, 10, 10, 10]);
});

test('a set that has the size, or a network that names none, is read as it is stored', () => {
  const set = memorySet({ size: 8, classes: ['a', 'b'], train: 1 });
  expect(imagesFor(set, reading())).toBe(set);
  expect(imagesFor(set, reading(8))).toBe(set);
  expect(imagesFor(set, reading(12)).index.size).toBe(12);
});
