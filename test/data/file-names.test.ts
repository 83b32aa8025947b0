import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importImages } from '../../src-main/data/import/import.ts';
import { withoutLeaks } from '../../src-main/data/health/leave-out.ts';
import { fileNamesOf, withoutFileNames } from '../../src-main/data/packed/file-names.ts';
import { openImageSet, readImageSetIndex } from '../../src-main/data/packed/open.ts';
import { writePackedSet, type PackedDescription, type PackedImage } from '../../src-main/data/packed/write.ts';
import { withClassNames } from '../../src-main/data/relabel.ts';
import { imagesOf, noise, tar, writeFolder, zip } from './import-fixtures.ts';

let dataFolder: string;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'transplant-names-'));
});
afterEach(() => rm(dataFolder, { recursive: true }));

const DESCRIPTION: PackedDescription = {
  ...{ name: 'test', size: 8, classes: ['ant', 'bee'], groups: {}, source: 'a test', rejects: [] },
  heldOut: { kind: 'given' },
};

/** Image k is noise of the name k, in a file of the name k. */
const twelve = (file = (k: number): string | undefined => `${k}.png`): PackedImage[] =>
  Array.from({ length: 12 }, (_, k) => ({
    ...{ pixels: noise(`${k}`, 8), label: k % 2, heldOut: k < 4, file: file(k) },
  }));

const store = (images: PackedImage[]) => writePackedSet(dataFolder, DESCRIPTION, images);

/** The names of all images, by what their pixels are the noise of. */
function namesIn(
  folder: string,
  of: readonly string[] = twelve().map((_, k) => `${k}`),
): Record<string, string | null> {
  const set = openImageSet(folder);
  const known = new Map(of.map((name) => [noise(name, 8).toString('hex'), name]));
  const names = fileNamesOf(set, [...set.labels.keys()]);
  const found = names.map((name, image) => {
    const pixels = Buffer.alloc(192);
    set.read(image, pixels);
    return [known.get(pixels.toString('hex'))!, name] as const;
  });
  set.close();
  return Object.fromEntries(found);
}

const plain = Object.fromEntries(twelve().map(({ file }, k) => [k, file]));

test('each image has the name of its file, whatever order they came in', async () => {
  const { index, folder } = await store(twelve());
  expect(namesIn(folder)).toEqual(plain);
  const again = await store(twelve((k) => `other/${k}.png`).reverse());
  // The set that was there is kept, shards and all, and gets the new names.
  expect(again.index.id).toBe(index.id);
  expect(namesIn(folder)).toEqual(Object.fromEntries(twelve().map((_, k) => [k, `other/${k}.png`])));
});

test('of copies the one that is kept gives the name', async () => {
  const copies = [
    { ...twelve()[11], label: 0, file: 'of an earlier class.png' },
    { ...twelve()[10], heldOut: true, file: 'held out.png' },
    { ...twelve()[0], heldOut: false, file: 'a copy.png' },
  ];
  const { folder } = await store([...twelve(), ...copies]);
  expect(namesIn(folder)).toEqual({ ...plain, 11: 'of an earlier class.png', 10: 'held out.png' });
});

test('copies in another class are named, where they stay', async () => {
  const copies = [{ ...twelve()[0], label: 1, file: 'bee/0.png' }];
  const { index, folder } = await store([...twelve(), ...copies]);
  expect(index.copies).toEqual({ parts: 0, classes: 1, named: [{ file: 'bee/0.png', of: '0.png' }] });
  expect(readImageSetIndex(folder)).toEqual(index);
  expect(withoutFileNames(index)).toEqual({ ...index, copies: { parts: 0, classes: 1 } });
});

test('names of any length and content stay one line, and their end', async () => {
  const odd = ['a\u001b[31m\nb.png', `${'x'.repeat(5000)}/end.png`, 'é/日本/😀.png', ' ', `${'😀'.repeat(400)}.png`];
  const { folder } = await store(twelve((k) => odd[k]));
  const names = namesIn(folder);
  expect(names[0]).toBe('a\\u001b[31m\\u000ab.png');
  expect(names[1]).toMatch(/^…x+\/end\.png$/);
  expect(names[1]).toHaveLength(300);
  expect([names[2], names[3], names[5]]).toEqual(['é/日本/😀.png', ' ', null]);
  expect(names[4]).toMatch(/😀\.png$/);
});

test('a set that is made, or of an older version, knows none and is a set like any other', async () => {
  const made = await store(twelve(() => undefined));
  expect(existsSync(join(made.folder, 'file-names.bin'))).toBe(false);
  expect(Object.values(namesIn(made.folder))).toEqual(Array(12).fill(null));
  const { index } = await store(twelve());
  expect(index.id).toBe(made.index.id);
});

test('a damaged file of names never gives an image the name of another', async () => {
  const { folder } = await store(twelve());
  const file = join(folder, 'file-names.bin');
  const whole = await readFile(file);
  for (const damaged of [
    Buffer.alloc(0),
    Buffer.alloc(500),
    whole.subarray(0, -3),
    whole.subarray(0, whole.length - 48),
    Buffer.concat([whole, Buffer.from('\n')]),
  ]) {
    await writeFile(file, damaged);
    for (const [image, name] of Object.entries(namesIn(folder))) expect([null, plain[image]]).toContain(name);
  }
});

test('a folder, its zip and its tar give the same names, and sets made of a set keep them', async () => {
  const files = { ...(await imagesOf(['ant', 'bee'], 6)) };
  const root = await mkdtemp(join(dataFolder, 'source-'));
  await writeFolder(join(root, 'photos'), files);
  await writeFile(join(root, 'photos.zip'), zip(files));
  await writeFile(join(root, 'photos.tar'), await tar(files));
  const known: string[] = [];
  for (const path of ['photos', 'photos.zip', 'photos.tar']) {
    const { index, folder } = await importImages({ path: join(root, path), size: 8, dataFolder });
    known.push(JSON.stringify(fileNamesOf({ folder, index }, [...Array(index.count).keys()])));
  }
  expect(new Set(known).size).toBe(1);
  expect((JSON.parse(known[0]) as string[]).sort()).toEqual(Object.keys(files).sort());

  const [id] = readdirSync(dataFolder).filter((name) => /^[0-9a-f]{16}$/.test(name));
  const from = join(dataFolder, id);
  const made = [
    await withoutLeaks(dataFolder, from),
    await withClassNames(dataFolder, from, { name: 'renamed', names: ['wasp', 'moth'], groups: {} }),
  ];
  for (const { folder, index } of made) {
    const names = fileNamesOf({ folder, index }, [...Array(index.count).keys()]);
    expect(names.sort()).toEqual(Object.keys(files).sort());
  }
});
