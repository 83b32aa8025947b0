import { cutOff, type Format } from './format.ts';
import { UnusableFile } from './source.ts';

/** Bytes of the headers of OS/2's first two bitmaps; those of its second and of Windows begin as one of 40 bytes does. */
const OS2 = { first: 12, short: 16 };
const WINDOWS = 40;

/** What a header says. `height` is negative where rows are stored from the top down. */
interface Header {
  readonly columns: number;
  readonly height: number;
  readonly bits: number;
  /** 0: none, 1 and 2: runs of 8 and 4 bits, 3: masks of colours. */
  readonly method: number;
  readonly palette: { readonly start: number; readonly bytes: 3 | 4 };
  readonly pixels: number;
}

/** Bitmaps of Windows and OS/2: of 1, 4 or 8 bits with a palette, also in runs (RLE), of 16, 24 or 32 bits, also by masks. */
export const bmp: Format = {
  recognise: (file) => file.length > 26 && file.toString('latin1', 0, 2) === 'BM' && file.readUInt32LE(14) <= 124,
  decode(file, check) {
    const header = headerOf(file);
    const { columns, height, bits, method } = header;
    const rows = Math.abs(height);
    if (columns < 1 || rows < 1) throw new UnusableFile('damaged');
    check(columns, rows);
    if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new UnusableFile('damaged');
    if (method > 3 || (method === 1 && bits !== 8) || (method === 2 && bits !== 4))
      throw new UnusableFile('a bitmap that is compressed in a way that is not read: save it as PNG');
    const runs = method === 1 || method === 2;
    const at = runs ? runsOf(file, header, rows) : pixelsOf(file, header, rows);
    const pixels = new Uint8Array(columns * rows * 3);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const from = height > 0 ? rows - 1 - row : row;
        pixels.set(at(from, column), 3 * (row * columns + column));
      }
    return { pixels, rows, columns, channels: 3 };
  },
};

function headerOf(file: Buffer): Header {
  const bytes = file.readUInt32LE(14);
  const pixels = file.readUInt32LE(10);
  const first = bytes === OS2.first;
  if (!first && bytes !== OS2.short && bytes < WINDOWS) throw new UnusableFile('damaged');
  return {
    columns: first ? file.readUInt16LE(18) : file.readInt32LE(18),
    height: first ? file.readUInt16LE(20) : file.readInt32LE(22),
    bits: file.readUInt16LE(first ? 24 : 28),
    method: bytes < WINDOWS ? 0 : file.readUInt32LE(30),
    palette: { start: 14 + bytes, bytes: first ? 3 : 4 },
    pixels,
  };
}

/** The colour at a stored row and a column, [red, green, blue]; valid until the next. */
type At = (row: number, column: number) => Uint8Array;

function pixelsOf(file: Buffer, header: Header, rows: number): At {
  const { columns, bits, method, pixels: start } = header;
  const stride = Math.ceil((columns * bits) / 32) * 4;
  if (file.length < start + stride * rows) cutOff();
  const masks =
    method === 3
      ? [0, 1, 2].map((i) => file.readUInt32LE(54 + 4 * i))
      : bits === 16
        ? [0x7c00, 0x3e0, 0x1f]
        : [0xff0000, 0xff00, 0xff];
  const colour = new Uint8Array(3);
  const named = paletteOf(file, header);
  return (row, column) => {
    const line = start + stride * row;
    if (bits <= 8)
      return named((file[line + ((column * bits) >> 3)] >> (8 - bits - ((column * bits) & 7))) & ((1 << bits) - 1));
    if (bits === 24)
      for (let channel = 0; channel < 3; channel++) colour[channel] = file[line + 3 * column + 2 - channel];
    else {
      const value = bits === 16 ? file.readUInt16LE(line + 2 * column) : file.readUInt32LE(line + 4 * column);
      for (let channel = 0; channel < 3; channel++) colour[channel] = masked(value, masks[channel]);
    }
    return colour;
  };
}

/** The colour of an index; black beyond the palette. */
function paletteOf(file: Buffer, { palette: { start, bytes }, pixels }: Header): (index: number) => Uint8Array {
  const colour = new Uint8Array(3);
  return (index) => {
    const at = start + bytes * index;
    for (let channel = 0; channel < 3; channel++) colour[channel] = at + bytes > pixels ? 0 : file[at + 2 - channel];
    return colour;
  };
}

/**
 * Runs of equal pixels (RLE8, RLE4): a number and a value; after a zero 0 ends a row, 1 the image, 2 goes right and up, and more are
 * so many values as they are, filled up to an even number of bytes. What is skipped has the first colour.
 */
function runsOf(file: Buffer, header: Header, rows: number): At {
  const { columns, bits, pixels: start } = header;
  const indices = new Uint8Array(columns * rows);
  const put = (row: number, column: number, value: number) => {
    if (row < rows && column < columns) indices[row * columns + column] = value;
  };
  const half = (byte: number, at: number) => (bits === 8 ? byte : at % 2 === 0 ? byte >> 4 : byte & 15);
  let [row, column, at] = [0, 0, start];
  while (row < rows) {
    if (at + 1 >= file.length) cutOff();
    const [count, value] = [file[at], file[at + 1]];
    at += 2;
    if (count > 0) for (let i = 0; i < count; i++) put(row, column++, half(value, i));
    else if (value === 0) [row, column] = [row + 1, 0];
    else if (value === 1) break;
    else if (value === 2) {
      column += file[at] ?? 0;
      row += file[at + 1] ?? 0;
      at += 2;
    } else {
      const bytes = bits === 8 ? value : Math.ceil(value / 2);
      if (at + bytes > file.length) cutOff();
      for (let i = 0; i < value; i++) put(row, column++, half(file[at + (bits === 8 ? i : i >> 1)], i));
      at += bytes + (bytes % 2);
    }
  }
  const named = paletteOf(file, header);
  return (line, place) => named(indices[line * columns + place]);
}

function masked(value: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  return Math.round((((value & mask) >>> shift) * 255) / (mask >>> shift));
}
