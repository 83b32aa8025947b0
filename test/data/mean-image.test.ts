import { mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { meanImage } from '../../src-main/data/mean-image.ts';
import { openImageSet, verifyImageSet } from '../../src-main/data/packed/open.ts';
import { writePackedSet, type PackedImage } from '../../src-main/data/packed/write.ts';
import { selectImages } from '../../src-main/data/selection.ts';
import { noise } from './import-fixtures.ts';
import { plainMean } from './memory-set.ts';

/** Two large classes, whose sums are stored, and two small ones; 2 held-out images of each. */
const TRAIN = { ant: 40, bee: 5, cat: 32, dog: 31 };
const CLASSES = Object.keys(TRAIN);

function* images(): Generator<PackedImage> {
  // In turn, as in a file that is not ordered by class.
  for (let i = 0; i < 42; i++)
    for (const [label, train] of Object.values(TRAIN).entries())
      if (i < train + 2) yield { pixels: noise(`${label} ${i}`, 8), label, heldOut: i < 2 };
}

let dataFolder: string;
let folder: string;
let set: ImageSet;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'transplant-mean-'));
  const description = { name: 'means', size: 8, classes: CLASSES, groups: {}, source: 'a test', rejects: [] };
  ({ folder } = await writePackedSet(dataFolder, { ...description, heldOut: { kind: 'given' } }, images()));
});
afterEach(() => set?.close());
afterAll(() => rm(dataFolder, { recursive: true }));

/** The opened set, and the numbers of the images that were read of it. */
function counted() {
  set?.close();
  set = openImageSet(folder);
  const read: number[] = [];
  const counting: ImageSet = {
    ...set,
    read(image, into, offset) {
      read.push(image);
      set.read(image, into, offset);
    },
  };
  return { counting, read };
}

const sums = () => join(folder, 'class-sums.bin');

test('the mean of any selection has the bytes of the mean computed image by image', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...CLASSES), { minLength: 1 }),
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      fc.integer(),
      async (classes, imagesPerClass, seed) => {
        const { counting } = counted();
        const { train } = selectImages(counting, classes, { imagesPerClass, seed });
        expect(await meanImage(counting, train)).toEqual(plainMean(set, train));
      },
    ),
    { numRuns: 40 },
  );
});

test('so has the mean of any images, held-out ones, repeated ones and ones out of order among them', async () => {
  const count = CLASSES.length * 2 + 40 + 5 + 32 + 31;
  const image = fc.nat({ max: count - 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.array(image, { minLength: 1 }),
        fc.constant([...Array(count).keys()]),
        fc.shuffledSubarray([...Array(count).keys()], { minLength: 1 }),
      ),
      async (numbers) => {
        const { counting } = counted();
        const wanted = Int32Array.from(numbers);
        expect(await meanImage(counting, wanted)).toEqual(plainMean(set, wanted));
      },
    ),
    { numRuns: 40 },
  );
});

test('no image of a large class is read, and of a small one each once', async () => {
  const { counting, read } = counted();
  await meanImage(counting, selectImages(counting, ['ant', 'cat'], { seed: 1 }).train);
  expect(read).toEqual([]);
  const { train, trainLabels } = selectImages(counting, ['ant', 'bee'], { seed: 1 });
  await meanImage(counting, train);
  expect(read).toEqual([...train.filter((_, i) => trainLabels[i] === 1)]);
});

test('of a class of which only a part is drawn, that part is read', async () => {
  const { counting, read } = counted();
  const { train } = selectImages(counting, ['ant', 'cat'], { imagesPerClass: 32, seed: 1 });
  await meanImage(counting, train);
  // All 32 of cat take part, and no more.
  expect(read).toHaveLength(32);
  expect(new Set(read.map((image) => CLASSES[set.labels[image]]))).toEqual(new Set(['ant']));
});

test('as many images as a large class has, but one of them twice, are not taken for the whole class', async () => {
  const { counting } = counted();
  const { train } = selectImages(counting, ['ant'], { seed: 1 });
  const twice = Int32Array.from(train, (image, i) => (i === 1 ? train[0] : image));
  expect(await meanImage(counting, twice)).toEqual(plainMean(set, twice));
});

describe('the stored sums', () => {
  test.each([
    ['missing, as in a set that was imported before there were any', () => unlink(sums())],
    ['cut off', () => truncate(sums(), 100)],
  ])('that are %s are stored at first use, byte by byte the same', async (_, spoil) => {
    const before = await readFile(sums());
    await spoil();
    const { counting } = counted();
    const { train } = selectImages(counting, ['cat', 'dog'], { seed: 1 });
    expect(await meanImage(counting, train)).toEqual(plainMean(set, train));
    expect((await readFile(sums())).equals(before)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('are the same when several trainings start at once on a set without', async () => {
    const before = await readFile(sums());
    await unlink(sums());
    const means = await Promise.all(
      [1, 2, 3].map(async () => {
        const own = openImageSet(folder);
        const mean = await meanImage(own, selectImages(own, CLASSES, { seed: 1 }).train);
        own.close();
        return mean;
      }),
    );
    expect(means[1]).toEqual(means[0]);
    expect(means[2]).toEqual(means[0]);
    expect((await readFile(sums())).equals(before)).toBe(true);
  });

  test('that were altered are not used, and found when the set is verified', async () => {
    await verifyImageSet(folder);
    const before = await readFile(sums());
    const altered = Buffer.from(before);
    altered[100] ^= 1;
    await writeFile(sums(), altered);
    const { counting } = counted();
    const { train } = selectImages(counting, CLASSES, { seed: 1 });
    await expect(meanImage(counting, train)).rejects.toThrow(
      /is damaged: class-sums.bin is not what was stored. Import/,
    );
    await expect(verifyImageSet(folder)).rejects.toThrow('class-sums.bin is not what was stored');
    await writeFile(sums(), before);
  });
});
