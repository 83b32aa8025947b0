import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { factors, reduced } from '../../src-main/data/import/reduce.ts';
import { RandomStream } from '../../src-main/random.ts';
import '../property-seed.ts';

const FITS = { crop: 'cover', pad: 'contain', squeeze: 'fill' } as const;
const random = new RandomStream('reduced images');

/** Values of an image: noise, or black and white, at whose edges sums leave the range. */
const valuesOf = (count: number, hard: boolean): Uint8Array =>
  Uint8Array.from({ length: count }, () => (hard ? 255 * random.integer(2) : random.integer(256)));

/** [3, size, size] by libvips. */
async function byLibvips(
  pixels: Uint8Array,
  height: number,
  width: number,
  channels: 1 | 3,
  size: number,
  fit: keyof typeof FITS,
) {
  const { data, info } = await sharp(pixels, { raw: { width, height, channels } })
    .resize(size, size, { fit: FITS[fit], background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const area = size * size;
  return Uint8Array.from({ length: 3 * area }, (_, at) =>
    info.channels === 1 ? data[at % area] : data[3 * (at % area) + Math.floor(at / area)],
  );
}

test('images become smaller to the bytes that libvips gives, however they become square', async () => {
  const factor = fc.double({ min: 1, max: 4, noNaN: true });
  const images = fc.record({
    size: fc.constantFrom(16, 28, 32, 37, 64),
    ...{ down: factor, across: factor, square: fc.boolean(), hard: fc.boolean() },
    channels: fc.constantFrom(1, 3) as fc.Arbitrary<1 | 3>,
    fit: fc.constantFrom('crop', 'pad', 'squeeze') as fc.Arbitrary<keyof typeof FITS>,
  });
  let done = 0;
  await fc.assert(
    fc.asyncProperty(images, async ({ size, down, across, square, hard, channels, fit }) => {
      const rows = Math.floor(size * down);
      const columns = square ? rows : Math.floor(size * across);
      const pixels = valuesOf(rows * columns * channels, hard);
      const found = reduced({ pixels, rows, columns, channels }, { size, fit });
      if (found === undefined) return;
      done++;
      expect(found).toEqual(await byLibvips(pixels, rows, columns, channels, size, fit));
    }),
    { numRuns: 150 },
  );
  expect(done).toBeGreaterThan(80);
});

test('larger, much smaller, transparent and padded ones are left to libvips', () => {
  const pixels = new Uint8Array(3 * 40 * 40);
  const image = { pixels, rows: 40, columns: 40, channels: 3 } as const;
  expect(reduced(image, { size: 20 })).toBeDefined();
  expect(factors(40, 40, { size: 20 }, 2)).toBeUndefined();
  expect(reduced(image, { size: 41 })).toBeUndefined();
  expect(reduced(image, { size: 10 })).toBeUndefined();
  expect(reduced({ ...image, rows: 30, channels: 4 }, { size: 20 })).toBeUndefined();
  expect(reduced({ ...image, rows: 30 }, { size: 20, fit: 'pad' })).toBeUndefined();
});
