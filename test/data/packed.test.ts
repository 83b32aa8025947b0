import { mkdtemp, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { openImageSet, verifyImageSet } from '../../src-main/data/packed/open.ts';
import { writePackedSet, type PackedDescription, type PackedImage } from '../../src-main/data/packed/write.ts';
import { noise } from './import-fixtures.ts';

let dataFolder: string;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'transplant-packed-'));
});
afterEach(() => rm(dataFolder, { recursive: true }));

const DESCRIPTION: PackedDescription = {
  name: 'test',
  size: 8,
  classes: ['ant', 'bee'],
  groups: {},
  source: 'a test',
  heldOut: { kind: 'given' },
  rejects: [],
};

const image = (name: string, label: number, heldOut: boolean, size = 8): PackedImage => ({
  pixels: noise(name, size),
  label,
  heldOut,
});

function twelve(): PackedImage[] {
  return Array.from({ length: 12 }, (_, i) => image(String(i), i % 2, i < 4));
}

test('a set is the same whatever order its images come in', async () => {
  const { index } = await writePackedSet(dataFolder, DESCRIPTION, twelve());
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(twelve(), { minLength: 12 }), async (images) => {
      expect((await writePackedSet(dataFolder, DESCRIPTION, images)).index.id).toBe(index.id);
    }),
    { numRuns: 10 },
  );
});

test('the id changes with a pixel, a label, a part, a class name', async () => {
  const ids = new Set<string>();
  const change = async (changed: Partial<PackedImage>, classes = DESCRIPTION.classes) => {
    const images = twelve();
    images[11] = { ...images[11], ...changed };
    ids.add((await writePackedSet(dataFolder, { ...DESCRIPTION, classes }, images)).index.id);
  };
  await change({});
  await change({ pixels: noise('other', 8) });
  await change({ label: 0 });
  await change({ heldOut: true });
  await change({}, ['ant', 'wasp']);
  expect(ids.size).toBe(5);
});

test('no image stands in both parts, whatever copies come in whatever order', async () => {
  const copies = fc.array(fc.tuple(fc.nat(9), fc.nat(1), fc.boolean()), { minLength: 20, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(copies, fc.boolean(), async (drafts, drawn) => {
      const heldOut = drawn ? ({ kind: 'drawn', seed: 1, fraction: 0.3 } as const) : ({ kind: 'given' } as const);
      const images = drafts.map(([name, label, part]) => image(String(name), label, part));
      const result = await writePackedSet(dataFolder, { ...DESCRIPTION, heldOut }, images).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UserError); // too few of a class are left
        return undefined;
      });
      if (result === undefined) return;
      const set = openImageSet(result.folder);
      const seen = Array.from({ length: set.index.count }, (_, i) => {
        const pixels = Buffer.alloc(192);
        set.read(i, pixels);
        return pixels.toString('hex');
      });
      set.close();
      expect(new Set(seen).size).toBe(seen.length);
      const places = [...set.heldOut];
      const given = new Map(images.map(({ pixels }) => [Buffer.from(pixels).toString('hex'), false]));
      for (const { pixels, heldOut: part } of images) if (part) given.set(Buffer.from(pixels).toString('hex'), true);
      if (!drawn) expect(places.map((part) => part === 1)).toEqual(seen.map((pixels) => given.get(pixels)));
    }),
    { numRuns: 30 },
  );
});

test('a class without images in both parts is left out with its reason, and labels close the gap', async () => {
  const classes = ['none', 'ant', 'only trained', 'bee', 'only held out', 'one'];
  const images = [
    ...[1, 3].flatMap((label) => [image(`${label} a`, label, false), image(`${label} b`, label, true)]),
    ...[1, 2].flatMap((i) => [image(`2 ${i}`, 2, false), image(`4 ${i}`, 4, true)]),
    image('one', 5, false),
  ];
  const { index, folder } = await writePackedSet(dataFolder, { ...DESCRIPTION, classes }, images);
  expect(index.classes).toEqual(['ant', 'bee']);
  expect(index.rejects.map(({ file }) => file)).toEqual(['none/', 'only trained/', 'only held out/', 'one/']);
  expect(index).toMatchObject({ count: 4, trainCounts: [1, 1], heldOutCounts: [1, 1] });
  const set = openImageSet(folder);
  const pixels = Buffer.alloc(192);
  set.read(3, pixels);
  set.close();
  expect([noise('3 a', 8), noise('3 b', 8)].some((expected) => expected.equals(pixels))).toBe(true);
});

test('images are found in every shard of a set of several', async () => {
  const size = 1200; // 15 images a shard
  const images = () => Array.from({ length: 34 }, (_, i) => i);
  function* flat(): Generator<PackedImage> {
    const pixels = new Uint8Array(3 * size * size);
    for (const value of images()) yield { pixels: pixels.fill(value), label: value % 2, heldOut: value < 4 };
  }
  const { index, folder } = await writePackedSet(dataFolder, { ...DESCRIPTION, size }, flat());
  expect(index.shards.map(({ first, images: count }) => [first, count])).toEqual([
    [0, 15],
    [15, 15],
    [30, 4],
  ]);
  const set = openImageSet(folder);
  const pixels = new Uint8Array(3 * size * size + 5);
  const found = images().map((number) => {
    set.read(number, pixels, 5);
    expect(pixels[5] % 2).toBe(set.labels[number]);
    expect(pixels[5] < 4).toBe(set.heldOut[number] === 1);
    expect(pixels.at(-1)).toBe(pixels[5]);
    return pixels[5];
  });
  set.close();
  expect(found.sort((a, b) => a - b)).toEqual(images());
});

describe('damage is found and said', () => {
  let folder: string;
  beforeEach(async () => {
    ({ folder } = await writePackedSet(dataFolder, DESCRIPTION, twelve()));
  });

  const again = /(Import the images again|import the images again)/;

  test('a changed pixel, when the set is verified', async () => {
    await verifyImageSet(folder);
    const shard = join(folder, 'shard-0000.bin');
    const bytes = await readFile(shard);
    bytes[700] ^= 1;
    await writeFile(shard, bytes);
    await expect(verifyImageSet(folder)).rejects.toThrow(/shard-0000\.bin is not what was stored\. Import/);
  });

  test.each(['shard-0000.bin', 'labels.bin', 'held-out.bin', 'slots.bin', 'hashes.bin', 'index.json'])(
    '%s cut off, gone or altered, when the set is opened',
    async (name) => {
      const file = join(folder, name);
      const bytes = await readFile(file);
      await truncate(file, bytes.length - 1);
      expect(() => openImageSet(folder)).toThrow(UserError);
      expect(() => openImageSet(folder)).toThrow(again);
      await unlink(file);
      expect(() => openImageSet(folder)).toThrow(UserError);
      expect(() => openImageSet(folder)).toThrow(again);
      if (name === 'shard-0000.bin') return; // see above
      bytes[0] ^= 255;
      await writeFile(file, bytes);
      expect(() => openImageSet(folder)).toThrow(UserError);
    },
  );

  test.each([
    ['classes', ['ant', 'wasp']],
    ['trainCounts', [5, 3]],
    ['count', 11],
    ['size', 4],
    ['size', '8'],
    ['shards', [{ file: '../../secret', first: 0, images: 12, sha256: '0'.repeat(64) }]],
    ['shards', []],
  ])('an index with other %s: %j', async (key, value) => {
    const file = join(folder, 'index.json');
    await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), [key]: value }));
    expect(() => openImageSet(folder)).toThrow(UserError);
    expect(() => openImageSet(folder)).toThrow(again);
  });

  test('a folder that is no set', () => {
    expect(() => openImageSet(join(dataFolder, 'nothing'))).toThrow(/no image set in .*nothing/);
  });
});
