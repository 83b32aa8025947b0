import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { filterMosaic, type Mosaic, sideBySide, writeFilterPng } from '../../src-main/filters/mosaic.ts';
import type { Tensor } from '../../src-main/network/weights.ts';

const tensor = (shape: number[], values: readonly number[]): Tensor => ({ shape, data: Float32Array.from(values) });
const pixel = ({ width, pixels }: Mosaic, x: number, y: number) => [
  ...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test('a weight of zero is mid-grey, the largest weight of a filter full colour, whatever its size', () => {
  // Two filters of 1x2; the second is the first made a thousand times smaller.
  const first = [1, 0, 0, 0, -1, 0];
  const mosaic = filterMosaic(tensor([2, 3, 1, 2], [...first, ...first.map((value) => value / 1000)]), {
    columns: 2,
    scale: 1,
  });
  expect([mosaic.width, mosaic.height]).toEqual([7, 3]);
  expect(pixel(mosaic, 1, 1)).toEqual([255, 128, 1]);
  expect(pixel(mosaic, 2, 1)).toEqual([128, 128, 128]);
  expect(pixel(mosaic, 4, 1)).toEqual([255, 128, 1]);
});

test('filters keep their order, row by row, with a gap of one pixel', () => {
  const mosaic = filterMosaic(tensor([3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]), { columns: 2, scale: 2 });
  expect([mosaic.width, mosaic.height]).toEqual([7, 7]);
  expect(pixel(mosaic, 1, 1)).toEqual([255, 128, 128]);
  expect(pixel(mosaic, 5, 2)).toEqual([128, 255, 128]);
  expect(pixel(mosaic, 2, 5)).toEqual([128, 128, 255]);
  expect(pixel(mosaic, 3, 1)).toEqual([255, 255, 255]);
});

test('filters of other than three channels show their mean in grey', () => {
  const mosaic = filterMosaic(tensor([1, 2, 1, 2], [1, 0.5, 1, -1.5]), { scale: 1 });
  expect(pixel(mosaic, 1, 1)).toEqual([255, 255, 255]);
  expect(pixel(mosaic, 2, 1)).toEqual([65, 65, 65]);
});

test('any weights make a picture: zeros, infinities and NaN included', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.float32Array({ minLength: 12, maxLength: 12 }),
      (filters, values) => {
        const data = Array.from({ length: filters }, () => [...values]).flat();
        const { width, height, pixels } = filterMosaic(tensor([filters, 3, 2, 2], data), { scale: 1 });
        expect(pixels.length).toBe(width * height * 3);
      },
    ),
  );
});

test('a tensor that is no bank of filters is refused', () => {
  expect(() => filterMosaic(tensor([2, 3], [1, 2, 3, 4, 5, 6]))).toThrow('2x3');
});

test('the written PNG has the pixels of the mosaic', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'filters-')), 'conv1.png');
  const weight = tensor(
    [5, 3, 3, 3],
    Array.from({ length: 135 }, (_, index) => Math.sin(index)),
  );
  await writeFilterPng(new Map([['conv1.weight', weight]]), file, { scale: 3 });
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const mosaic = filterMosaic(weight, { scale: 3 });
  expect([info.width, info.height]).toEqual([mosaic.width, mosaic.height]);
  expect(Buffer.compare(data, Buffer.from(mosaic.pixels))).toBe(0);
});

test('a network whose first layer is dense is told so', async () => {
  const dense = new Map([['fc1.weight', tensor([2, 3], [1, 2, 3, 4, 5, 6])]]);
  await expect(writeFilterPng(dense, join(tmpdir(), 'never.png'))).rejects.toThrow('not a convolution');
});

test('two mosaics beside each other keep their pixels', () => {
  const red = filterMosaic(tensor([1, 3, 1, 1], [1, 0, 0]), { scale: 1 });
  const blue = filterMosaic(tensor([2, 3, 1, 1], [0, 0, 1, 0, 0, 1]), { scale: 1, columns: 1 });
  const both = sideBySide(red, blue, 2);
  expect([both.width, both.height]).toEqual([8, 5]);
  expect(pixel(both, 1, 1)).toEqual([255, 128, 128]);
  expect(pixel(both, 6, 3)).toEqual([128, 128, 255]);
});
