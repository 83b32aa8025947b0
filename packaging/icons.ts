import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/**
 * Makes the icons of all platforms from resources/icon.svg; `node packaging/icons.ts`, after it has been changed. Both
 * container formats hold PNGs, each with its size in a header of its own.
 */
const RESOURCES = join(import.meta.dirname, '../resources');
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const WINDOWS = [16, 24, 32, 48, 64, 128, 256];
/** Apple's names for sizes in pixels. */
const APPLE: readonly [type: string, size: number][] = [
  ['icp4', 16],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
];

const drawn = new Map<number, Buffer>();
for (const size of SIZES) {
  const picture = sharp(join(RESOURCES, 'icon.svg'), { density: (72 * size) / 1024 }).resize(size, size);
  drawn.set(size, await picture.png({ compressionLevel: 9 }).toBuffer());
}

mkdirSync(join(RESOURCES, 'icons'), { recursive: true });
for (const [size, png] of drawn) writeFileSync(join(RESOURCES, 'icons', `${size}x${size}.png`), png);
writeFileSync(join(RESOURCES, 'icon.ico'), ico(WINDOWS));
writeFileSync(join(RESOURCES, 'icon.icns'), icns());

function ico(sizes: readonly number[]): Buffer {
  const header = Buffer.alloc(6 + 16 * sizes.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(sizes.length, 4);
  let offset = header.length;
  for (const [index, size] of sizes.entries()) {
    const entry = 6 + 16 * index;
    // 0 stands for 256.
    header.writeUInt8(size % 256, entry);
    header.writeUInt8(size % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(drawn.get(size)!.length, entry + 8);
    header.writeUInt32LE(offset, entry + 12);
    offset += drawn.get(size)!.length;
  }
  return Buffer.concat([header, ...sizes.map((size) => drawn.get(size)!)]);
}

function icns(): Buffer {
  const parts = APPLE.map(([type, size]) => block(type, drawn.get(size)!));
  return block('icns', Buffer.concat(parts));
}

function block(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32BE(header.length + content.length, 4);
  return Buffer.concat([header, content]);
}
