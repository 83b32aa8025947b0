import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { plainPng } from '../../src-main/data/import/plain-png.ts';
import '../property-seed.ts';

/** An image of random values, or a soft one, whose rows then have other filters. */
const images = fc.record({
  width: fc.integer({ min: 4, max: 40 }),
  height: fc.integer({ min: 4, max: 40 }),
  channels: fc.constantFrom(1, 3) as fc.Arbitrary<1 | 3>,
  soft: fc.boolean(),
  adaptiveFiltering: fc.boolean(),
  compressionLevel: fc.integer({ min: 0, max: 9 }),
  values: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});

test('a plain PNG has the pixels that libvips reads, whatever its filters', async () => {
  await fc.assert(
    fc.asyncProperty(images, async ({ width, height, channels, soft, values, ...options }) => {
      const pixels = Uint8Array.from({ length: width * height * channels }, (_, at) =>
        soft ? Math.floor(at / channels / width) * 5 + (at % (width * channels)) : values[at % 64] + at * 31,
      );
      const file = await sharp(pixels, { raw: { width, height, channels } })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .png(options)
        .toBuffer();
      expect(plainPng(file)).toEqual({ pixels, rows: height, columns: width, channels });
    }),
    { numRuns: 200 },
  );
});

test('one with a flipped bit or its end cut off is left to the decoders, who say what is wrong', async () => {
  const pixels = Buffer.from(Array.from({ length: 3 * 16 * 16 }, (_, at) => (at * 37) % 251));
  const file = await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
    .png()
    .toBuffer();
  expect(plainPng(file)).toBeDefined();
  for (let at = 0; at < file.length; at++) {
    const flipped = Buffer.from(file);
    flipped[at] ^= 1 << (at % 8);
    expect(plainPng(flipped), `bit of byte ${at}`).toBeUndefined();
    expect(plainPng(file.subarray(0, at)), `cut at ${at}`).toBeUndefined();
  }
});

test.each([
  ['transparency', (image: Sharp) => image.ensureAlpha(0.5)],
  ['a palette', (image: Sharp) => image.png({ palette: true, progressive: false })],
  ['interlacing', (image: Sharp) => image.png({ progressive: true })],
  ['16 bits', (image: Sharp) => image.toColourspace('rgb16')],
  ['a profile', (image: Sharp) => image.withIccProfile('p3')],
  ['an orientation', (image: Sharp) => image.withExif({ IFD0: { Orientation: '6' } })],
])('one with %s is left to libvips', async (_, change) => {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } });
  expect(plainPng(await change(image).png().toBuffer())).toBeUndefined();
});
