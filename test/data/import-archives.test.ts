import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importImages, readImport, type ImportOptions } from '../../src-main/data/import/import.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { imagesOf, tar, writeFolder, zip, type Files } from './import-fixtures.ts';

let place: string;
let counter = 0;
let files: Files;
let plain: ImageSetIndex;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-archives-'));
  files = await imagesOf(['ant', 'bee'], 4, 'set/');
  plain = (await importPath(await writeFolder(join(place, 'plain'), files))).index;
});
beforeEach(() => counter++);
afterAll(() => rm(place, { recursive: true }));

const importPath = (path: string, options: Partial<ImportOptions> = {}) =>
  importImages({ path, size: 8, dataFolder: join(place, `data-${counter}`), ...options });

async function importBytes(name: string, bytes: Buffer, options: Partial<ImportOptions> = {}) {
  const path = join(place, `${counter}-${name}`);
  await writeFile(path, bytes);
  return (await importPath(path, options)).index;
}

/** Where a zip's last record begins. */
const endOf = (archive: Buffer): number => archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));

/** The same zip with its facts in the records of zip64 (APPNOTE 4.3.14). */
function asZip64(archive: Buffer): Buffer {
  const end = endOf(archive);
  const [entries, length, offset] = [
    archive.readUInt16LE(end + 10),
    archive.readUInt32LE(end + 12),
    archive.readUInt32LE(end + 16),
  ];
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  for (const [at, value] of [entries, entries, length, offset].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + 8 * at);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(end), 8);
  locator.writeUInt32LE(1, 16);
  const last = Buffer.from(archive.subarray(end));
  last.fill(0xff, 8, 20);
  return Buffer.concat([archive.subarray(0, end), record, locator, last]);
}

/** A zip whose names are bytes of an encoding that it does not name. */
function withNames(names: readonly (readonly [name: string, bytes: Buffer])[], pictures: readonly Buffer[]): Buffer {
  // Letters of as many bytes stand for the names, until all sums and places are known.
  const stand = names.map(([, bytes], at) => `${String(at).padStart(2, '0')}${'x'.repeat(bytes.length - 2)}`);
  let archive = zip(pictures.map((content, at) => ({ name: `${stand[at % stand.length]}/${at}.png`, content })));
  for (const [at, letters] of stand.entries()) {
    const [from, to] = [Buffer.from(letters), names[at][1]];
    for (let found = archive.indexOf(from); found >= 0; found = archive.indexOf(from, found + 1))
      to.copy(archive, found);
  }
  // Neither the flag for UTF-8 in the files' headers nor in the directory.
  archive = Buffer.from(archive);
  for (const [mark, flag] of [
    ['PK\x03\x04', 6],
    ['PK\x01\x02', 8],
  ] as const)
    for (let at = archive.indexOf(mark, 0, 'latin1'); at >= 0; at = archive.indexOf(mark, at + 4, 'latin1'))
      archive.writeUInt16LE(0, at + flag);
  return archive;
}

describe('zip', () => {
  test('zip64, and a program in front', async () => {
    expect((await importBytes('x.zip', asZip64(zip(files)))).id).toBe(plain.id);
    const behind = Buffer.concat([Buffer.from('#!/bin/sh\n'.repeat(9)), zip(files)]);
    expect((await importBytes('x.run.zip', behind)).id).toBe(plain.id);
  });

  test('all of more than 65,535 entries, though the counter of macOS has wrapped', async () => {
    const path = join(place, 'mac.zip');
    await writeFile(path, manyEntries(65_600));
    const { reading } = await readImport({ path });
    expect(reading.images).toBe(65_600);
  });

  test.each([
    ['utf-8', 'Café', Buffer.from('Café'.normalize('NFD'))],
    ['shift_jis', 'ひまわり', Buffer.from([0x82, 0xd0, 0x82, 0xdc, 0x82, 0xed, 0x82, 0xe8])],
    ['cp437', 'café au lait', Buffer.from('caf\x82 au lait', 'latin1')],
    ['windows-1252', 'café au lait', Buffer.from('caf\xe9 au lait', 'latin1')],
  ])('names in %s, which nothing says', async (encoding, name, bytes) => {
    const archive = withNames(
      [
        [name, bytes],
        ['bee', Buffer.from('bee')],
      ],
      Object.values(files),
    );
    const { classes } = await importBytes(`${encoding}.zip`, archive);
    expect(classes).toContain(name);
    const path = join(place, `${counter}-${encoding}.zip`);
    expect((await readImport({ path })).reading.choices).toContainEqual(
      expect.objectContaining({ id: 'names', chosen: encoding, said: false }),
    );
  });

  test('zips in a zip, one for each class', async () => {
    const inner = (name: string) =>
      zip(
        Object.fromEntries(
          Object.entries(files)
            .filter(([path]) => path.includes(name))
            .map(([path, bytes]) => [path.split('/').at(-1)!, bytes]),
        ),
      );
    const index = await importBytes('outer.zip', zip({ 'ant.zip': inner('ant'), 'bee.zip': inner('bee') }));
    expect(index.id).toBe(plain.id);
  });

  test('an encrypted or unreadable entry says why', async () => {
    const encrypted = Buffer.from(zip(files));
    for (const [mark, flag] of [
      ['PK\x03\x04', 6],
      ['PK\x01\x02', 8],
    ] as const)
      for (let at = encrypted.indexOf(mark, 0, 'latin1'); at >= 0; at = encrypted.indexOf(mark, at + 4, 'latin1'))
        encrypted.writeUInt16LE(0x801, at + flag);
    await expect(importBytes('secret.zip', encrypted)).rejects.toThrow(/encrypted with a password.*Unpack it/);
  });
});

describe('tar', () => {
  const has = (program: string): boolean => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test('gzip and zstd', async () => {
    const archive = await tar(files);
    expect((await importBytes('x.tgz', gzipSync(archive))).id).toBe(plain.id);
    expect((await importBytes('x.tar.zst', zstdCompressSync(archive))).id).toBe(plain.id);
  });

  // Node writes neither; what they make of an empty header would be no test.
  test.skipIf(!has('bzip2')).each(['', 'what follows the end'])('bzip2, with "%s" behind it', async (junk) => {
    const packed = execFileSync('bzip2', ['-c'], { input: await tar(files), stdio: ['pipe', 'pipe', 'ignore'] });
    expect((await importBytes('x.tar.bz2', Buffer.concat([packed, Buffer.from(junk)]))).id).toBe(plain.id);
  });

  test.skipIf(!has('xz'))('xz', async () => {
    const packed = execFileSync('xz', ['-c'], { input: await tar(files), stdio: ['pipe', 'pipe', 'ignore'] });
    expect((await importBytes('x.tar.xz', packed)).id).toBe(plain.id);
  });

  test('others by their names, and a file that is no archive', async () => {
    await expect(importBytes('x.7z', Buffer.from('7z\xbc\xaf\x27\x1cxxxxxxxx', 'latin1'))).rejects.toThrow(
      /7z archive.*7-Zip/,
    );
    await expect(importBytes('x.rar', Buffer.from('Rar!\x1a\x07\x01\0xxxx', 'latin1'))).rejects.toThrow(/RAR archive/);
    const idx = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 8]), Buffer.alloc(9 * 64)]);
    await expect(importBytes('train-images-idx3-ubyte.gz', gzipSync(idx))).rejects.toThrow(
      /IDX file of images.*labels/,
    );
    await expect(importBytes('notes.txt.gz', gzipSync(Buffer.from('hello '.repeat(200))))).rejects.toThrow(
      /one packed file/,
    );
  });
});

describe('what is in an archive is bounded', () => {
  test('a zip in a zip that unpacks to a thousand times its size', async () => {
    const bomb = zip({ 'a/0.png': Buffer.alloc(200 * 2 ** 20) });
    await expect(importBytes('outer.zip', zip({ 'ant.zip': bomb, 'bee.zip': bomb }))).rejects.toThrow(
      /100 times its size/,
    );
  });
});

/** A zip of many small entries, whose counter of 16 bits says how many there are beyond 65,536. */
function manyEntries(wanted: number): Buffer {
  const content = Buffer.from('x');
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []];
  const sum = crc32(content);
  let offset = 0;
  for (let at = 0; at < wanted; at++) {
    const name = Buffer.from(`set/${at % 2 ? 'ant' : 'bee'}/${at}.png`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(1, 14);
    common.writeUInt32LE(1, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, name);
    locals.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(wanted & 0xffff, 8);
  end.writeUInt16LE(wanted & 0xffff, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}
