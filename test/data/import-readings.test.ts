import fs, { type ReadStream } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { importImages, readImport } from '../../src-main/data/import/import.ts';
import type { Listing } from '../../src-main/data/import/source.ts';
import { png, tar, writeFolder, zip, type Files } from './import-fixtures.ts';

let place: string;
const files: Files = {};
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-readings-'));
  // Noise, which no archive makes smaller, and more of it than is read at once.
  for (let at = 0; at < 40; at++) files[`set/${at % 2 ? 'ant' : 'bee'}/${at}.png`] = await png(`large ${at}`, 128);
});
afterAll(() => rm(place, { recursive: true }));

/** How many times as many bytes as an archive has are read from the disk meanwhile; the stored set's own are few. */
async function readings(archive: Buffer, work: () => Promise<unknown>): Promise<number> {
  const streams: ReadStream[] = [];
  let bytes = 0;
  const { createReadStream, readSync } = fs;
  const spies = [
    vi.spyOn(fs, 'createReadStream').mockImplementation((...of) => {
      const stream = createReadStream(...of);
      streams.push(stream);
      return stream;
    }),
    vi.spyOn(fs, 'readSync').mockImplementation(((...of: Parameters<typeof readSync>) => {
      const read = readSync(...of);
      bytes += read;
      return read;
    }) as typeof readSync),
  ];
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
    syncBuiltinESMExports();
  }
  return Math.round((bytes + streams.reduce((sum, { bytesRead }) => sum + bytesRead, 0)) / archive.length);
}

async function archiveOf(name: string, bytes: Buffer) {
  const path = join(place, name);
  await writeFile(path, bytes);
  const look = () => readImport({ path });
  const { listing } = await look();
  const take = (known?: typeof listing) =>
    importImages({ path, size: 32, dataFolder: join(place, `${name}-data`), listing: known });
  return {
    look: await readings(bytes, look),
    take: await readings(bytes, () => take()),
    takeAfterLook: await readings(bytes, () => take(listing)),
  };
}

const inner = (name: string, pack: (files: Files) => Buffer | Promise<Buffer>) =>
  pack(
    Object.fromEntries(
      Object.entries(files).flatMap(([path, bytes]) => (path.includes(name) ? [[path.split('/')[2], bytes]] : [])),
    ),
  );

test('of a zip the directory is read, and then its images once', async () => {
  expect(await archiveOf('x.zip', zip(files))).toEqual({ look: 0, take: 1, takeAfterLook: 1 });
});

test('a packed tar is listed from end to end, and not again when its images are read', async () => {
  expect(await archiveOf('x.tar.gz', gzipSync(await tar(files)))).toEqual({ look: 1, take: 2, takeAfterLook: 1 });
});

test('archives in an archive are listed once, and then their images are read', async () => {
  const parts = { 'ant.zip': await inner('ant', zip), 'bee.zip': await inner('bee', zip) };
  expect(await archiveOf('outer.zip', zip(parts))).toEqual({ look: 1, take: 2, takeAfterLook: 1 });
  // What is in a tar is known only when it was gone through.
  expect(await archiveOf('outer.tar', await tar(parts))).toEqual({ look: 2, take: 3, takeAfterLook: 1 });
});

test('archives in a folder are listed once, and again where one of them was changed', async () => {
  const folder = join(place, 'archives');
  const [ant, bee] = [await inner('ant', zip), await inner('bee', zip)];
  await writeFolder(folder, { 'ant.zip': ant, 'bee.zip': bee });
  const look = (known?: Listing) => readImport({ path: folder, listing: known });
  const { listing, reading } = await look();
  const imported = (known?: Listing) =>
    importImages({ path: folder, size: 32, dataFolder: join(place, 'archives-data'), listing: known });
  expect(await readings(Buffer.concat([ant, bee]), () => imported(listing))).toBe(1);
  await writeFile(join(folder, 'bee.zip'), zip(Object.fromEntries(Object.entries(files).slice(0, 9))));
  expect((await look(listing)).reading.images).not.toBe(reading.images);
});

test('an archive in an archive that is none is named, and the others are taken', async () => {
  const bytes = zip({
    'ant.zip': await inner('ant', zip),
    'bee.zip': await inner('bee', zip),
    'cow.zip': Buffer.from('no'),
  });
  const path = join(place, 'one-bad.zip');
  await writeFile(path, bytes);
  const { reading } = await readImport({ path });
  expect(reading.classes.map(({ name }) => name)).toEqual(['ant', 'bee']);
  expect(reading.leftOut).toContainEqual({ path: 'cow.zip', files: 1, reason: 'not an archive' });
});

test('what links to elsewhere, and classes of which too little is there, are said before an import', async () => {
  const folder = join(place, 'uneven-parts');
  const images = (path: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${path}/${at}.png`, Buffer.from('any')]));
  await writeFolder(folder, {
    ...{ ...images('train/ant', 3), ...images('train/bee', 3), ...images('train/cow', 3) },
    ...{ ...images('val/ant', 2), ...images('val/bee', 2), ...images('val/dog', 2) },
  });
  await symlink('bee', join(folder, 'train', 'wasp'));
  const { reading } = await readImport({ path: folder });
  expect(reading.problem).toBeNull();
  expect(reading.leftOut).toEqual([
    { path: 'cow/', files: 3, reason: 'no image in the held-out part: the class is left out' },
    {
      ...{ path: 'dog/', files: 2 },
      reason: 'no image in the training part that is not also held out: the class is left out',
    },
    { path: 'train/wasp', files: 1, reason: 'a symbolic link to a folder that is read already' },
  ]);
});

test('a set of which no two classes can be trained on is told so by its reading', async () => {
  const folder = join(place, 'ages');
  await writeFolder(folder, {
    ...Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`${at}.png`, Buffer.from('any')])),
    'ages.csv': Buffer.from(`file,age\n${Array.from({ length: 9 }, (_, at) => `${at}.png,${20 + at}.5`).join('\n')}`),
  });
  const { reading } = await readImport({ path: folder });
  expect(reading.notes).toEqual([
    expect.stringMatching(/ages has no class with images both to train on and to hold out .*only one distinct/),
  ]);
});
