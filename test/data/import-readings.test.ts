import fs, { type ReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { importImages, readImport } from '../../src-main/data/import/import.ts';
import { png, tar, zip, type Files } from './import-fixtures.ts';

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

test('archives in an archive are listed, and then their images are read', async () => {
  const parts = { 'ant.zip': await inner('ant', zip), 'bee.zip': await inner('bee', zip) };
  expect(await archiveOf('outer.zip', zip(parts))).toEqual({ look: 1, take: 2, takeAfterLook: 2 });
  // What is in a tar is known only when it was gone through.
  expect(await archiveOf('outer.tar', await tar(parts))).toEqual({ look: 2, take: 3, takeAfterLook: 2 });
});
