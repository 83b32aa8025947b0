import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { plainJpeg } from '../../src-main/data/import/plain-jpeg.ts';
import { RandomStream } from '../../src-main/random.ts';
import '../property-seed.ts';

/** An image of hard or soft patches. */
function picture(seed: number, width: number, height: number, kernel: 'nearest' | 'cubic' = 'cubic'): Sharp {
  const random = new RandomStream(seed, 'picture');
  const patches = Buffer.from(Array.from({ length: 3 * 256 }, () => random.integer(256)));
  return sharp(patches, { raw: { width: 16, height: 16, channels: 3 } }).resize(width, height, { fit: 'fill', kernel });
}

/** What libvips makes of a file; undefined where it complains. */
async function byLibvips(file: Buffer) {
  const read = sharp(file, { failOn: 'error' }).raw().toBuffer({ resolveWithObject: true });
  const found = await read.catch(() => undefined);
  if (found === undefined) return undefined;
  const { width: columns, height: rows, channels } = found.info;
  return { pixels: Uint8Array.from(found.data), rows, columns, channels };
}

const side = fc.integer({ min: 4, max: 90 });

test('a plain JPEG has the pixels that libvips reads', async () => {
  const images = fc.record({
    ...{ seed: fc.nat(), width: side, height: side, quality: fc.integer({ min: 1, max: 100 }), grey: fc.boolean() },
    chromaSubsampling: fc.constantFrom('4:4:4', '4:2:0'),
    kernel: fc.constantFrom('nearest', 'cubic') as fc.Arbitrary<'nearest' | 'cubic'>,
  });
  await fc.assert(
    fc.asyncProperty(images, async ({ seed, width, height, grey, kernel, ...options }) => {
      const coloured = picture(seed, width, height, kernel);
      const image = grey ? coloured.greyscale() : coloured;
      const file = await image.jpeg(options).toBuffer();
      expect(await plainJpeg(file)).toEqual(await byLibvips(file));
    }),
    { numRuns: 60 },
  );
});

test('one that is damaged is left to libvips, unless nothing tells', async () => {
  const file = await picture(1, 24, 20).jpeg({ quality: 80 }).toBuffer();
  expect(await plainJpeg(file)).toBeDefined();
  let left = 0;
  for (let at = 0; at < file.length; at += 3) {
    const damaged = Buffer.from(file);
    damaged[at] ^= 1 << (at % 8);
    const [found, theirs] = [await plainJpeg(damaged), await byLibvips(damaged)];
    if (found === undefined) left++;
    // Values that no camera writes are beyond what the two round alike; the image is as broken in both.
    else expect({ ...found, pixels: [] }, `byte ${at}`).toEqual({ ...theirs, pixels: [] });
    expect(await plainJpeg(file.subarray(0, at)), `cut at ${at}`).toBeUndefined();
  }
  expect(left).toBeGreaterThan(20);
});

test.each([
  ['an orientation', (image: Sharp) => image.withExif({ IFD0: { Orientation: '6' } }).jpeg()],
  ['a profile', (image: Sharp) => image.withIccProfile('p3').jpeg()],
  ['ink', (image: Sharp) => image.toColourspace('cmyk').jpeg()],
  ['scans that each refine the last', (image: Sharp) => image.jpeg({ progressive: true })],
  ['many rows', (image: Sharp) => image.resize(8, 300, { fit: 'fill' }).jpeg()],
  ['another format', (image: Sharp) => image.png()],
])('one with %s is left to libvips', async (_, change) => {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } });
  expect(await plainJpeg(await change(image).toBuffer())).toBeUndefined();
});
