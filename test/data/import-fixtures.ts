import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { RandomStream } from '../../src-main/random.ts';

/** Path -> content. */
export type Files = Record<string, Buffer>;

/** Random pixels, interleaved [size, size, 3]: no two names give the same. */
export function noise(name: string, size: number): Buffer {
  const random = new RandomStream(1, name);
  return Buffer.from(Array.from({ length: 3 * size * size }, () => random.integer(256)));
}

export function png(name: string, size = 8): Promise<Buffer> {
  return sharp(noise(name, size), { raw: { width: size, height: size, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** Class folders with `count` different PNG images each, below `prefix`. */
export async function imagesOf(classes: readonly string[], count: number, prefix = ''): Promise<Files> {
  const files: Files = {};
  for (const name of classes)
    for (let image = 0; image < count; image++) {
      const path = `${prefix}${name}/${image}.png`;
      files[path] = await png(path);
    }
  return files;
}

export async function writeFolder(folder: string, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Unix mode, e.g. 0o120777 for a symbolic link. */
  readonly mode?: number;
}

/** A zip archive written by hand, so that it can hold what no well-behaved program would write (APPNOTE 4.3). */
export function zip(files: Files | readonly ZipEntry[]): Buffer {
  const entries: readonly ZipEntry[] = Array.isArray(files)
    ? (files as readonly ZipEntry[])
    : Object.entries(files as Files).map(([name, content]) => ({ name, content }));
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100644 } of entries) {
    const compressed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // names are UTF-8
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(compressed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, nameBytes, compressed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, nameBytes);
    locals.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}

export async function tar(files: Files, links: Record<string, string> = {}): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  for (const [name, linkname] of Object.entries(links)) archive.entry({ name, type: 'symlink', linkname });
  archive.finalize();
  return buffer(archive);
}

export async function tarGz(files: Files): Promise<Buffer> {
  return gzipSync(await tar(files));
}

export function reversed(files: Files): Files {
  return Object.fromEntries(Object.entries(files).reverse());
}
