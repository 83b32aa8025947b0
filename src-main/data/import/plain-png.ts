import { crc32, inflateSync } from 'node:zlib';
import type { IsWanted, Raw } from './format.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Rows and columns, at most: for larger images libvips is as fast. */
const MOST_SIDE = 256;
const LEAST_SIDE = 4;
/** Chunks that say nothing about the colours as they are shown here (transparency, profiles and orientation do). */
const HARMLESS = new Set(['gAMA', 'cHRM', 'sRGB', 'tEXt', 'zTXt', 'iTXt', 'pHYs', 'tIME', 'sBIT', 'hIST']);

/**
 * The pixels of a small PNG of the plainest kind: grey or RGB of 8 bits, not interlaced, nothing about its colours. Sets such as
 * CIFAR have hundreds of thousands of them, and to ask libvips for each takes twenty times as long. Undefined for any other file,
 * and for one with anything wrong.
 */
export function plainPng(file: Buffer, isWanted: IsWanted = () => true): Raw | undefined {
  if (file.length < 57 || !file.subarray(0, 8).equals(SIGNATURE) || file.toString('latin1', 12, 16) !== 'IHDR')
    return undefined;
  const [columns, rows] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const [bits, colour, ...ways] = file.subarray(24, 29);
  if (bits !== 8 || (colour !== 0 && colour !== 2) || ways.some((way) => way !== 0)) return undefined;
  if (Math.min(rows, columns) < LEAST_SIDE || Math.max(rows, columns) > MOST_SIDE || !isWanted(rows, columns))
    return undefined;
  const packed = imageData(file);
  if (packed === undefined) return undefined;
  const channels = colour === 0 ? 1 : 3;
  const stride = 1 + columns * channels;
  try {
    const filtered = inflateSync(packed, { maxOutputLength: rows * stride });
    const pixels = filtered.length === rows * stride ? unfiltered(filtered, rows, stride, channels) : undefined;
    return pixels && { pixels, rows, columns, channels };
  } catch {
    return undefined;
  }
}

/** The compressed pixels; undefined where a checksum is wrong, the end is missing or there is a chunk that matters. */
function imageData(file: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) return undefined;
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    if (type === 'IDAT') pieces.push(file.subarray(at + 8, end));
    else if (at > 8 && !HARMLESS.has(type)) return undefined;
    at = end + 4;
  }
  return undefined;
}

/** Takes back what each row's filter subtracted (PNG, third edition, 9.2). Undefined for an unknown filter. */
function unfiltered(rows: Buffer, count: number, stride: number, step: number): Uint8Array | undefined {
  const width = stride - 1;
  const pixels = new Uint8Array(count * width);
  for (let row = 0; row < count; row++) {
    const from = row * stride + 1;
    const to = row * width;
    const line = pixels.subarray(to, to + width);
    line.set(rows.subarray(from, from + width));
    const above = row === 0 ? undefined : pixels.subarray(to - width, to);
    const filter = rows[from - 1];
    if (filter > 4) return undefined;
    if (filter === 1) for (let at = step; at < width; at++) line[at] += line[at - step];
    else if (filter === 2 && above) for (let at = 0; at < width; at++) line[at] += above[at];
    else if (filter === 3)
      for (let at = 0; at < width; at++)
        line[at] += ((at < step ? 0 : line[at - step]) + (above === undefined ? 0 : above[at])) >> 1;
    else if (filter === 4)
      for (let at = 0; at < width; at++) {
        const left = at < step ? 0 : line[at - step];
        const up = above === undefined ? 0 : above[at];
        line[at] += paeth(left, up, at < step || above === undefined ? 0 : above[at - step]);
      }
  }
  return pixels;
}

/** Of three neighbours the one that is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
