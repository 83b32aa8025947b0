import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importImages, type ImportOptions } from '../../src-main/data/import/import.ts';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { imagesOf, noise, png, reversed, tar, tarGz, writeFolder, zip, type Files } from './import-fixtures.ts';

let place: string;
let counter = 0;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-import-'));
});
afterAll(() => rm(place, { recursive: true }));

const fresh = (name = 'x') => join(place, `${name}-${counter++}`);

async function importPath(path: string, options: Partial<ImportOptions> = {}) {
  return importImages({ path, size: 8, dataFolder: fresh('data'), ...options });
}

async function importFolder(files: Files, options: Partial<ImportOptions> = {}) {
  return importPath(await writeFolder(fresh('folder'), files), options);
}

async function importArchive(name: string, bytes: Buffer, options: Partial<ImportOptions> = {}) {
  const path = join(place, `${counter++}-${name}`);
  await writeFile(path, bytes);
  return importPath(path, options);
}

/** Pixels of every image as text, by class name and part. */
function contents(set: ImageSet): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const pixels = Buffer.alloc(3 * set.index.size ** 2);
  for (let image = 0; image < set.index.count; image++) {
    set.read(image, pixels);
    const key = `${set.index.classes[set.labels[image]]} ${set.heldOut[image] === 1 ? 'held out' : 'training'}`;
    found.set(key, (found.get(key) ?? new Set()).add(pixels.toString('hex')));
  }
  set.close();
  return found;
}

/** What a PNG of `noise` must become: planar, unchanged. */
function planar(name: string, size = 8): string {
  const interleaved = noise(name, size);
  const channel = (c: number) => Array.from({ length: size * size }, (_, pixel) => interleaved[3 * pixel + c]);
  return Buffer.from([...channel(0), ...channel(1), ...channel(2)]).toString('hex');
}

describe('class folders', () => {
  test('a folder of class folders becomes a set with a held-out part drawn from every class', async () => {
    const { index, folder } = await importFolder(await imagesOf(['cat', 'ant', 'bee'], 10));
    expect(index.classes).toEqual(['ant', 'bee', 'cat']);
    expect(index.trainCounts).toEqual([8, 8, 8]);
    expect(index.heldOutCounts).toEqual([2, 2, 2]);
    expect(index.heldOut).toEqual({ kind: 'drawn', seed: 1, fraction: 0.2 });
    expect(index.rejects).toEqual([]);
    const found = contents(openImageSet(folder));
    const ants = [...found.get('ant training')!, ...found.get('ant held out')!];
    expect(ants.sort()).toEqual(Array.from({ length: 10 }, (_, image) => planar(`ant/${image}.png`)).sort());
  });

  test('folder, zip, tar and tar.gz are the same set, in whatever order and under whatever wrapping', async () => {
    const files = { ...(await imagesOf(['ant', 'bee'], 5)), 'groups.json': Buffer.from('{"ant": "g"}') };
    const wrapped = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`a/b/${path}`, bytes]));
    const sets = [
      await importFolder(files),
      await importFolder(wrapped),
      await importArchive('x.zip', zip(reversed(files))),
      await importArchive('x.tar', await tar(reversed(wrapped))),
      await importArchive('x.tar.gz', await tarGz(files)),
    ];
    expect(new Set(sets.map(({ index }) => index.id)).size).toBe(1);
    expect(sets.map(({ index }) => index.groups)).toEqual(sets.map(() => ({ ant: 'g' })));
    const [first, ...others] = sets.map(({ folder }) => contents(openImageSet(folder)));
    for (const other of others) expect(other).toEqual(first);
  });

  test('another seed holds other images out, the same seed the same', async () => {
    const folder = await writeFolder(fresh(), await imagesOf(['ant', 'bee'], 20));
    const ids = [];
    for (const seed of [1, 1, 2]) ids.push((await importPath(folder, { seed })).index.id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  test.each(['val', 'valid', 'validation', 'test', 'Test'])('a part named %s is held out', async (part) => {
    const { index, folder } = await importFolder({
      ...(await imagesOf(['ant', 'bee'], 3, 'train/')),
      ...(await imagesOf(['ant', 'bee'], 2, `${part}/`)),
    });
    expect(index).toMatchObject({ trainCounts: [3, 3], heldOutCounts: [2, 2], heldOut: { kind: 'given' } });
    expect(contents(openImageSet(folder)).get('bee held out')).toContain(planar(`${part}/bee/1.png`));
  });

  test('with val and test both, val is held out and test is a listed reject', async () => {
    const { index } = await importArchive(
      'set.zip',
      zip({
        ...(await imagesOf(['ant', 'bee'], 3, 'set/train/')),
        ...(await imagesOf(['ant', 'bee'], 1, 'set/test/')),
        ...(await imagesOf(['ant', 'bee'], 2, 'set/val/')),
      }),
    );
    expect(index.heldOutCounts).toEqual([2, 2]);
    expect(index.rejects).toEqual([
      { file: 'set/test/', reason: '2 files, because val is taken as the held-out part' },
    ]);
  });

  test('a part without class folders is left out, and a held-out part is drawn', async () => {
    const { index } = await importFolder({
      ...(await imagesOf(['ant', 'bee'], 5, 'train/')),
      ...(await imagesOf(['images'], 4, 'val/')),
    });
    expect(index).toMatchObject({ trainCounts: [4, 4], heldOutCounts: [1, 1], heldOut: { kind: 'drawn' } });
    expect(index.rejects).toMatchObject([{ file: 'val/' }]);
  });

  test('classes may be called train and test, if a person says so', async () => {
    const files = await imagesOf(['train', 'bus', 'test'], 3);
    await expect(importFolder(files)).rejects.toThrow(/stand beside "bus"; what is "test"\? Say --folder test=train/);
    const { index } = await importFolder(files, { answers: { 'folder:test': 'class' } });
    expect(index.classes).toEqual(['bus', 'test', 'train']);
  });

  test('groups.json gives groups; its unknown names are a listed reject, and nonsense in it is said', async () => {
    const files = await imagesOf(['ant', '__proto__'], 3);
    const groups = (text: string) => importFolder({ ...files, 'groups.json': Buffer.from(text) });
    const { index } = await groups('{"ant": "insect", "cow": "mammal"}');
    expect(index.groups).toEqual({ ant: 'insect' });
    expect(index.rejects).toEqual([{ file: 'groups.json', reason: expect.stringContaining('"cow"') as string }]);
    await expect(groups('{"ant": 1}')).rejects.toThrow(/groups.json .* correct it or remove/);
    await expect(groups('{"ant":')).rejects.toThrow(/groups.json .* correct it or remove/);
  });

  test('litter of operating systems is ignored; loose, hidden and strange files are listed', async () => {
    const { index } = await importFolder({
      ...(await imagesOf(['ant', 'bee'], 2)),
      'ant/.DS_Store': Buffer.from('x'),
      'ant/Thumbs.db': Buffer.from('x'),
      '__MACOSX/ant/._1.png': Buffer.from('x'),
      'README.txt': Buffer.from('x'),
      '.git/objects/a': Buffer.from('x'),
      '.git/objects/b': Buffer.from('x'),
      'ant/notes.txt': Buffer.from('x'),
    });
    expect(index.rejects.map(({ file }) => file).sort()).toEqual(['.git', 'README.txt', 'ant/notes.txt']);
    expect(index.count).toBe(4);
  });
});

describe('duplicates', () => {
  test('an image of the held-out part that is also in the training part stays held out only', async () => {
    const twin = await png('twin');
    const { index, folder } = await importFolder({
      ...(await imagesOf(['ant', 'bee'], 3, 'train/')),
      ...(await imagesOf(['ant', 'bee'], 2, 'val/')),
      'train/ant/twin.png': twin,
      'val/ant/twin.png': twin,
      'train/bee/0 again.png': await png('train/bee/0.png'),
    });
    expect(index).toMatchObject({ duplicates: 2, trainCounts: [3, 3], heldOutCounts: [3, 2] });
    const found = contents(openImageSet(folder));
    expect(found.get('ant held out')).toContain(planar('twin'));
    expect(found.get('ant training')).not.toContain(planar('twin'));
  });

  test('copies never stand on both sides of a drawn part, whatever their name or format', async () => {
    const files = await imagesOf(['ant', 'bee'], 6);
    for (const [path, bytes] of Object.entries(files)) {
      files[path.replace('.png', '-copy.png')] = bytes;
      files[path.replace('.png', '-copy.webp')] = await sharp(bytes).webp({ lossless: true }).toBuffer();
    }
    const { index } = await importFolder(files);
    expect(index).toMatchObject({ count: 12, duplicates: 24 });
  });
});

describe('decoding', () => {
  const gradient = sharp(
    Buffer.from(Array.from({ length: 60 * 40 * 3 }, (_, i) => (i % 3 === 0 ? Math.floor(i / 3) % 60 : 0) * 4)),
    { raw: { width: 60, height: 40, channels: 3 } },
  );

  async function decoded(image: Sharp, format: 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif', size = 8) {
    const file = await image.toFormat(format).toBuffer();
    const others = await imagesOf(['ant', 'bee'], 2);
    const { index, folder } = await importFolder(
      { 'cow/1.any': file, 'cow/2.png': await png('2', size), ...others },
      { size },
    );
    expect(index.rejects).toEqual([]);
    const wanted = planar('2', size);
    const set = contents(openImageSet(folder));
    const cows = [...set.get('cow training')!, ...set.get('cow held out')!];
    return Buffer.from(
      cows.find((pixels) => pixels !== wanted)!,
      'hex',
    );
  }

  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'a %s is cut to its middle square: 60x40 keeps columns 10 to 50, dark to bright red',
    async (format) => {
      const pixels = await decoded(gradient.clone(), format);
      const row = [...pixels.subarray(0, 8)];
      row.forEach((red, column) => expect(Math.abs(red - 4 * (12.5 + 5 * column - 0.5))).toBeLessThan(14));
      expect(Math.max(...pixels.subarray(64))).toBeLessThan(24);
    },
  );

  test('EXIF orientation is applied', async () => {
    const pixels = await decoded(gradient.clone().withMetadata({ orientation: 6 }), 'jpeg');
    // Turned by a quarter, brightness rises from top to bottom and not from left to right.
    expect(pixels[7 * 8] - pixels[0]).toBeGreaterThan(100);
    expect(Math.abs(pixels[7] - pixels[0])).toBeLessThan(12);
  });

  test('grey, transparent and 16-bit images become 8-bit RGB', async () => {
    const flat = (channels: 3 | 4, background: { r: number; g: number; b: number; alpha?: number }) =>
      sharp({ create: { width: 10, height: 10, channels, background } });
    const red = { r: 255, g: 0, b: 0 };
    expect(new Set(await decoded(flat(3, { r: 90, g: 90, b: 90 }).toColourspace('b-w'), 'png'))).toEqual(new Set([90]));
    expect(new Set(await decoded(flat(4, { ...red, alpha: 0 }), 'png'))).toEqual(new Set([255]));
    expect([...(await decoded(flat(3, red).toColourspace('rgb16'), 'png'))]).toEqual([
      ...new Array<number>(64).fill(255),
      ...new Array<number>(128).fill(0),
    ]);
  });
});

test('progress counts every image from the first on, with the total', async () => {
  const seen: { done: number; total?: number; rejected: number }[] = [];
  const files = { ...(await imagesOf(['ant', 'bee'], 3)), 'ant/broken.png': Buffer.from('broken') };
  await importArchive('x.tgz', await tarGz(files), { onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(seen.every(({ total }) => total === 7)).toBe(true);
  expect(seen.at(-1)!.rejected).toBe(1);
});

test('the same images imported twice are stored once, under the newest name', async () => {
  const dataFolder = fresh('data');
  const files = await imagesOf(['ant', 'bee'], 3);
  const first = await importFolder(files, { dataFolder, name: 'one' });
  const second = await importFolder(
    { ...files, 'groups.json': Buffer.from('{"bee":"g"}') },
    { dataFolder, name: 'two' },
  );
  expect(second.folder).toBe(first.folder);
  expect(await readdir(dataFolder)).toEqual([first.index.id]);
  expect(openImageSet(first.folder).index).toMatchObject({ name: 'two', groups: { bee: 'g' } });
});
