import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeImage } from '../../src-main/data/import/decode.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { writeFolder, type Files } from './import-fixtures.ts';

const SIDE = 16;
type Colour = readonly [red: number, green: number, blue: number];

/** A ramp of colours, another for each `k`, as images of equal pixels are imported once. */
const ramp = (k: number, x: number, y: number): Colour => [x * 9 + k, y * 15, (x + y) * 7];
const greys = (k: number, x: number, _y: number): Colour => [x * 9 + k, x * 9 + k, x * 9 + k];

type Picture = (k: number, x: number, y: number) => Colour;

/** Values [rows, columns, channels] of a picture; `channels` 1 takes the red one, 2 and 4 add an alpha. */
function values(picture: Picture, k: number, channels: number, alpha = (_x: number) => 255): number[] {
  const all: number[] = [];
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const colour = picture(k, x, y);
      all.push(...(channels < 3 ? [colour[0]] : colour), ...(channels % 2 === 0 ? [alpha(x)] : []));
    }
  return all;
}

const sharpOf = (k: number): Sharp =>
  sharp(Buffer.from(values(ramp, k, 3)), { raw: { width: SIDE, height: SIDE, channels: 3 } });

/** A PNG by hand, of 8 or 16 bits. `extra` are chunks before the pixels. */
function png(data: readonly number[], channels: 1 | 2 | 3 | 4, bits: 8 | 16, extra: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = bits / 8;
  const rows: Buffer[] = [];
  for (let y = 0; y < SIDE; y++) {
    const row = Buffer.alloc(1 + SIDE * channels * bytes);
    for (let at = 0; at < SIDE * channels; at++) row.writeUIntBE(data[y * SIDE * channels + at], 1 + at * bytes, bytes);
    rows.push(row);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head.set([bits, { 1: 0, 2: 4, 3: 2, 4: 6 }[channels], 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    extra,
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A TIFF by hand with one strip. `format`: 1 whole, 2 signed, 3 floating-point; `photometric`: 0 white is zero, 1 black is, 2 RGB. */
function tiff(data: Buffer, bits: number, format: number, photometric: number, channels: number): Buffer {
  const entries: [tag: number, value: number][] = [
    [256, SIDE],
    [257, SIDE],
    [258, bits],
    [259, 1],
    [262, photometric],
    [273, 0],
    [277, channels],
    [278, SIDE],
    [279, data.length],
    [339, format],
  ];
  const start = 8 + 2 + entries.length * 12 + 4 + 16;
  const head = Buffer.alloc(start);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  const shared = start - 16;
  for (const [at, [tag, value]] of entries.entries()) {
    const place = 10 + 12 * at;
    const isList = (tag === 258 || tag === 339) && channels > 2;
    head.writeUInt16LE(tag, place);
    head.writeUInt16LE(isList ? 3 : 4, place + 2);
    head.writeUInt32LE(isList ? channels : 1, place + 4);
    head.writeUInt32LE(tag === 273 ? start : isList ? shared + (tag === 339 ? 8 : 0) : value, place + 8);
  }
  for (let channel = 0; channel < 4; channel++) {
    head.writeUInt16LE(bits, shared + 2 * channel);
    head.writeUInt16LE(format, shared + 8 + 2 * channel);
  }
  return Buffer.concat([head, data]);
}

const floats = (all: readonly number[]): Buffer => Buffer.from(Float32Array.from(all).buffer);
const shorts = (all: readonly number[]): Buffer => Buffer.from(Uint16Array.from(all).buffer);
const longs = (all: readonly number[]): Buffer => Buffer.from(Uint32Array.from(all).buffer);

/** A bitmap by hand: the palette, then rows from the bottom up, as `method` packs them; header of OS/2 (12 bytes) or Windows (40). */
function bmp(header: 12 | 40, bits: number, method: number, palette: Buffer, rows: Buffer): Buffer {
  const start = 14 + header + palette.length;
  const head = Buffer.alloc(14 + header);
  head.write('BM', 'latin1');
  head.writeUInt32LE(start + rows.length, 2);
  head.writeUInt32LE(start, 10);
  head.writeUInt32LE(header, 14);
  if (header === 12) {
    head.writeUInt16LE(SIDE, 18);
    head.writeUInt16LE(SIDE, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt16LE(bits, 24);
  } else {
    head.writeInt32LE(SIDE, 18);
    head.writeInt32LE(SIDE, 22);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(bits, 28);
    head.writeUInt32LE(method, 30);
  }
  return Buffer.concat([head, palette, rows]);
}

/** Rows of indices from the bottom up, where the palette's colour `x` is that of column x. */
const indexed = (pack: (row: number[]) => number[], end: number[] = []): Buffer =>
  Buffer.from([...Array.from({ length: SIDE }, () => pack(Array.from({ length: SIDE }, (_, x) => x))).flat(), ...end]);
const palette = (k: number, bytes: 3 | 4): Buffer =>
  Buffer.from(
    Array.from({ length: 256 }, (_, x) => {
      const [grey] = greys(k, Math.min(x, SIDE - 1), 0);
      return bytes === 3 ? [grey, grey, grey] : [grey, grey, grey, 0];
    }).flat(),
  );

const opaqueLeft = (x: number): number => (x < SIDE / 2 ? 255 : 0);
const onWhite: Picture = (k, x, y) => (x < SIDE / 2 ? ramp(k, x, y) : [255, 255, 255]);
const whiteGrey: Picture = (k, x, y) => (x < SIDE / 2 ? greys(k, x, y) : [255, 255, 255]);
const times = (factor: number) => (all: number[]) => all.map((value) => value * factor);

interface Case {
  readonly make: (k: number) => Buffer | Promise<Buffer>;
  readonly shows: Picture;
}

/** Of formats that sharp can't write, files that Pillow wrote: ramps from this number on. */
const STORED: Readonly<Record<string, number>> = { 'cmyk-jpeg.jpg': 98, 'cmyk-tiff.tif': 100, 'jpeg2000.jp2': 102 };
const stored = (name: string): Case => ({
  make: (k) => readFile(join(import.meta.dirname, 'pictures', name.replace('.', `-${k - STORED[name]}.`))),
  shows: ramp,
});
const numberOf = (name: string, which: number): number =>
  which + (STORED[name] ?? 2 * Object.keys(CASES).indexOf(name));

const left: Picture = (k, x) => (x < SIDE / 2 ? [0, 0, 255 - k] : [255, 0, 0]);
/** Red over blue, which lies on its side: turned by a quarter to the right, blue is on the left. */
const lying = (k: number): Sharp =>
  sharp(Buffer.from(values((_, _x, y) => (y < SIDE / 2 ? [255, 0, 0] : [0, 0, 255 - k]), k, 3)), {
    raw: { width: SIDE, height: SIDE, channels: 3 },
  }).withExif({ IFD0: { Orientation: '6' } });

/** Whatever people have: name of the class, how its files are made, and what must be seen. */
const CASES: Readonly<Record<string, Case>> = {
  'reference.png': { make: (k) => sharpOf(k).png().toBuffer(), shows: ramp },
  'jpeg.jpg': { make: (k) => sharpOf(k).jpeg({ quality: 98 }).toBuffer(), shows: ramp },
  ...Object.fromEntries(Object.keys(STORED).map((name) => [name, stored(name)])),
  'trailing.jpg': {
    make: async (k) =>
      Buffer.concat([await sharpOf(k).jpeg({ quality: 98 }).toBuffer(), Buffer.from('junk'.repeat(9))]),
    shows: ramp,
  },
  'no-end.jpg': {
    make: async (k) => (await sharpOf(k).jpeg({ quality: 98 }).toBuffer()).subarray(0, -2),
    shows: ramp,
  },
  'grey16.png': { make: (k) => png(times(257)(values(greys, k, 1)), 1, 16), shows: greys },
  'grey12in16.png': { make: (k) => png(times(16)(values(greys, k, 1)), 1, 16), shows: greys },
  'rgb16.png': { make: (k) => png(times(257)(values(ramp, k, 3)), 3, 16), shows: ramp },
  'rgba.png': { make: (k) => png(values(ramp, k, 4, opaqueLeft), 4, 8), shows: onWhite },
  'rgba16.png': { make: (k) => png(times(257)(values(ramp, k, 4, opaqueLeft)), 4, 16), shows: onWhite },
  'grey-alpha.png': { make: (k) => png(values(greys, k, 2, opaqueLeft), 2, 8), shows: whiteGrey },
  'grey-alpha16.png': { make: (k) => png(times(257)(values(greys, k, 2, opaqueLeft)), 2, 16), shows: whiteGrey },
  'bad-text.png': {
    make: (k) => png(values(ramp, k, 3), 3, 8, Buffer.from('\0\0\0\x04tEXtab\0c\0\0\0\0', 'latin1')),
    shows: ramp,
  },
  'palette.png': {
    make: (k) => sharpOf(k).png({ palette: true, dither: 0, colours: 256, quality: 100 }).toBuffer(),
    shows: ramp,
  },
  'gif.gif': { make: (k) => sharpOf(k).gif({ dither: 0 }).toBuffer(), shows: ramp },
  'webp.webp': { make: (k) => sharpOf(k).webp({ lossless: true }).toBuffer(), shows: ramp },
  'avif.avif': { make: (k) => sharpOf(k).avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(), shows: ramp },
  'png.JPG': { make: (k) => sharpOf(k).png().toBuffer(), shows: ramp },
  'lying.jpg': { make: (k) => lying(k).jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(), shows: left },
  'lying.png': { make: (k) => lying(k).png().toBuffer(), shows: left },
  'lying.webp': { make: (k) => lying(k).webp({ lossless: true }).toBuffer(), shows: left },
  'float01.tif': { make: (k) => tiff(floats(times(1 / 255)(values(ramp, k, 3))), 32, 3, 2, 3), shows: ramp },
  'float255.tif': { make: (k) => tiff(floats(values(ramp, k, 3)), 32, 3, 2, 3), shows: ramp },
  'float-grey.tif': { make: (k) => tiff(floats(times(1 / 255)(values(greys, k, 1))), 32, 3, 1, 1), shows: greys },
  'u16-grey.tif': { make: (k) => tiff(shorts(times(257)(values(greys, k, 1))), 16, 1, 1, 1), shows: greys },
  'u16-rgb.tif': { make: (k) => tiff(shorts(times(257)(values(ramp, k, 3))), 16, 1, 2, 3), shows: ramp },
  'u32-grey.tif': { make: (k) => tiff(longs(times(16843009)(values(greys, k, 1))), 32, 1, 1, 1), shows: greys },
  'white-is-zero.tif': {
    make: (k) => tiff(Buffer.from(values(greys, k, 1).map((value) => 255 - value)), 8, 1, 0, 1),
    shows: greys,
  },
  'pixmap.ppm': {
    make: (k) => Buffer.concat([Buffer.from('P6 16 16 255\n'), Buffer.from(values(ramp, k, 3))]),
    shows: ramp,
  },
  'greymap.pgm': {
    make: (k) => Buffer.from(`P2\n# by hand\n16 16\n255\n${values(greys, k, 1).join(' ')}\n`),
    shows: greys,
  },
  'indexed.bmp': {
    make: (k) =>
      bmp(
        40,
        8,
        0,
        palette(k, 4),
        indexed((row) => row),
      ),
    shows: greys,
  },
  'os2.bmp': {
    make: (k) =>
      bmp(
        12,
        8,
        0,
        palette(k, 3),
        indexed((row) => row),
      ),
    shows: greys,
  },
  // A run of one and literals, then the end of the line (0 0); in the end 0 1.
  'rle8.bmp': {
    make: (k) =>
      bmp(
        40,
        8,
        1,
        palette(k, 4),
        indexed(([first, ...rest]) => [1, first, 0, 15, ...rest, 0, 0, 0], [0, 1]),
      ),
    shows: greys,
  },
  'rle4.bmp': {
    make: (k) =>
      bmp(
        ...([40, 4, 2, palette(k, 4).subarray(0, 64)] as const),
        indexed((row) => row.flatMap((value) => [1, (value << 4) | value]).concat(0, 0), [0, 1]),
      ),
    shows: greys,
  },
};

/** What can't be shown, and why. */
const REFUSED: Readonly<Record<string, readonly [make: () => Buffer | Promise<Buffer>, reason: RegExp]>> = {
  'half.jpg': [
    async () => {
      const whole = await noisy().jpeg().toBuffer();
      return whole.subarray(0, whole.length / 2);
    },
    /cut off: \d+% of it is missing/,
  ],
  'cut.png': [async () => (await noisy().png().toBuffer()).subarray(0, -60), /cut off/],
  'empty.jpg': [() => Buffer.alloc(0), /an empty file/],
  'page.jpg': [() => Buffer.from('<!DOCTYPE html><html>404</html>'), /a web page/],
  'photo.heic': [() => box('heic'), /HEIC.*convert it to JPEG/],
  'photo.jpg': [() => box('heic'), /HEIC.*convert it to JPEG/],
  'signed.tif': [() => tiff(shorts(values(greys, 0, 1)), 16, 2, 1, 1), /signed numbers/],
  'lab.tif': [() => tiff(Buffer.from(values(ramp, 0, 3)), 8, 1, 8, 3), /L\*a\*b\*/],
  'pointer.png': [() => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
};

const noisy = (side = 64): Sharp =>
  sharp(Buffer.from(Array.from({ length: 3 * side * side }, (_, at) => (at * 7919) % 251)), {
    raw: { width: side, height: side, channels: 3 },
  });

/** A file that begins as HEIC does. */
const box = (brand: string): Buffer =>
  Buffer.concat([
    Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1heic`, 'latin1'),
    Buffer.from('\0\0\0\x20meta', 'latin1'),
    Buffer.alloc(64),
  ]);

let place: string;
let index: ImageSetIndex;
const means = new Map<string, number[]>();

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-pictures-'));
  const files: Files = {};
  for (const [name, { make }] of Object.entries(CASES))
    for (let k = 0; k < 2; k++)
      files[`${name}/${k}${name.slice(name.lastIndexOf('.'))}`] = await make(numberOf(name, k));
  for (const [name, [make]] of Object.entries(REFUSED)) files[`reference.png/refused ${name}`] = await make();
  const imported = await importImages({
    ...{ path: await writeFolder(join(place, 'set'), files), size: SIDE, dataFolder: join(place, 'data') },
  });
  index = imported.index;
  const set = openImageSet(imported.folder);
  const pixels = new Uint8Array(3 * SIDE * SIDE);
  const area = SIDE * SIDE;
  const sums = new Map<string, { sum: number[]; count: number }>();
  for (let image = 0; image < set.index.count; image++) {
    set.read(image, pixels);
    const name = index.classes[set.labels[image]];
    const known = sums.get(name) ?? { sum: [0, 0, 0], count: 0 };
    for (let at = 0; at < pixels.length; at++) known.sum[Math.floor(at / area)] += pixels[at] / area;
    sums.set(name, { ...known, count: known.count + 1 });
  }
  set.close();
  for (const [name, { sum, count }] of sums)
    means.set(
      name,
      sum.map((value) => value / count),
    );
}, 120_000);
afterAll(() => rm(place, { recursive: true }));

function expected(name: string): number[] {
  const sum = [0, 0, 0];
  for (let k = 0; k < 2; k++)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        for (const [channel, value] of CASES[name].shows(numberOf(name, k), x, y).entries())
          sum[channel] += value / (2 * SIDE * SIDE);
  return sum;
}

test.each(Object.keys(CASES))('%s has the colours that its file means', (name) => {
  const mean = means.get(name);
  expect(mean, index.rejects.find(({ file }) => file.startsWith(name))?.reason).toBeDefined();
  for (const [channel, value] of expected(name).entries())
    expect(Math.abs(mean![channel] - value), `channel ${channel}: ${mean![channel]} and not ${value}`).toBeLessThan(2);
});

test.each(Object.keys(REFUSED))('%s is left out with the true reason', (name) => {
  expect(index.rejects.find(({ file }) => file === `reference.png/refused ${name}`)?.reason).toMatch(REFUSED[name][1]);
});

test('of a JPEG that lacks a few rows it is said how many', async () => {
  const whole = await noisy(256).jpeg({ quality: 90 }).toBuffer();
  const { missing } = await decodeImage(whole.subarray(0, Math.round(0.9 * whole.length)), { size: 64 }, true);
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(1 / 8);
  expect((await decodeImage(whole, { size: 64 }, true)).missing).toBeUndefined();
});

test('a JPEG that lacks its last bytes is taken, and told', () => {
  expect(index.flaws).toEqual(
    [0, 1].map((k) => ({ file: `no-end.jpg/${k}.jpg`, reason: expect.stringContaining('its last bytes') as string })),
  );
});
