import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pictureSize, readPictures } from '../../src-main/data/pictures.ts';
import { memorySet, pixel } from './memory-set.ts';

const set = memorySet({ size: 8, classes: ['cat', 'dog'], train: 3 });

it('shows stored pixels as they are, red, green and blue of a place together', () => {
  const pictures = readPictures(set, [4, 1], 8);
  expect(pictures).toHaveLength(2 * 8 * 8 * 3);
  for (const [place, image] of [4, 1].entries())
    for (let at = 0; at < 64; at++)
      for (let channel = 0; channel < 3; channel++)
        expect(pictures[(place * 64 + at) * 3 + channel]).toBe(pixel(image, channel * 64 + at));
});

it('is scaled down by averages: the mean of a picture stays, within rounding', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4), fc.nat(9), (size, image) => {
      const small = readPictures(set, [image], size);
      const whole = readPictures(set, [image], 8);
      const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean(small) - mean(whole))).toBeLessThanOrEqual(0.5);
    }),
  );
});

it('covers every pixel also where sizes do not divide', () => {
  const white = { ...set, read: (_: number, into: Uint8Array) => void into.fill(200) };
  for (const size of [3, 5, 7]) expect(new Set(readPictures(white, [0], size))).toEqual(new Set([200]));
});

it('is grey where there is no image, and never larger than what is stored', () => {
  expect(new Set(readPictures(set, [-1], 8))).toEqual(new Set([128]));
  expect(pictureSize(set, 64)).toBe(8);
  expect(pictureSize(set, 4)).toBe(4);
});
