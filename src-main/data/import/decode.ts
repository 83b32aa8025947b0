import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../../errors.ts';
import { UnusableFile } from './source.ts';

// Several images are decoded at once, so threads within one would only compete. No image is decoded twice, so a cache
// would never be hit.
sharp.concurrency(1);
sharp.cache(false);

/** Pixels of an image, at most: 128 megapixels. A progressive JPEG of this size takes some 800 MB to decode. */
const MOST_PIXELS = 2 ** 27;

/** Images with more pixels than this are decoded one at a time, so that memory holds only one of them. */
const HEAVY_PIXELS = 2 ** 24;

/** An image with so many pixels that no other such image may be decoded meanwhile. */
export class Heavy extends Error {}

/** Rows or columns of an image, at least: nothing can be seen in less. */
const LEAST_SIDE = 4;

/** Rows and columns of a decoded image, and how one that is not square becomes so. */
export interface Square {
  readonly size: number;
  readonly fit?: 'crop' | 'pad' | 'squeeze';
}
const FIT = { crop: 'cover', pad: 'contain', squeeze: 'fill' } as const;

/** The first bytes of five formats; AVIF has boxes. Everything else that libvips may read (SVG, PDF ...) is kept away from it. */
const SIGNATURES: readonly RegExp[] = [
  /^\xff\xd8\xff/,
  // eslint-disable-next-line no-control-regex -- the signature of PNG has control characters
  /^\x89PNG\r\n\x1a\n/,
  /^GIF8[79]a/,
  /^RIFF[^]{4}WEBP/,
  /^(II[*+]\0|MM\0[*+])/,
];
const AVIF_BRANDS = ['avif', 'avis', 'mif1', 'msf1', 'heic', 'heix'];
/** Bytes of AVIF's first box, at most: a list of brands. */
const MOST_BRANDS = 4096;

/** The loaders of libvips for these formats. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}Buffer`);

/**
 * Leaves libvips only the loaders of the formats that are meant, for this whole process: it chooses by the content, and
 * what passes for one format here may be another to it.
 */
export function blockOtherLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
}

/**
 * Decodes an image file, turns it upright by its EXIF orientation, resizes its shorter side to `size` and cuts out the
 * centre: [3, size, size], red first. Grey becomes RGB, transparency becomes white, 16 bits become 8, and an animation
 * becomes its first frame. An image that is already of this size keeps its pixels.
 *
 * Throws UnusableFile with the reason, and Heavy for an image that is to be decoded alone, unless it is.
 */
export async function decodeImage(file: Buffer, square: Square, alone: boolean): Promise<Uint8Array> {
  const start = file.toString('latin1', 0, 16);
  if (!SIGNATURES.some((signature) => signature.test(start)) && !isAvif(file))
    throw new UnusableFile(file.length === 0 ? 'an empty file' : 'not a JPEG, PNG, WebP, GIF, TIFF or AVIF image');
  try {
    const image = sharp(file, { failOn: 'error', limitInputPixels: MOST_PIXELS });
    const { width, height } = await image.metadata();
    checkDimensions(width, height);
    if (width * height > HEAVY_PIXELS && !alone) throw new Heavy();
    return await resizeToSquare(image.autoOrient(), square);
  } catch (error) {
    throw error instanceof UnusableFile || error instanceof Heavy ? error : new UnusableFile(reasonOf(error));
  }
}

/** Resizes pixels that are decoded already, [rows, columns, channels] with 1 or 3 channels, to [3, size, size]. */
export function resizePixels(
  pixels: Uint8Array,
  shape: { rows: number; columns: number; channels: 1 | 3 },
  size: number,
): Promise<Uint8Array> {
  const { rows: height, columns: width, channels } = shape;
  return resizeToSquare(sharp(pixels, { raw: { width, height, channels } }), { size });
}

async function resizeToSquare(image: Sharp, { size, fit = 'crop' }: Square): Promise<Uint8Array> {
  const { data, info } = await image
    .resize(size, size, { fit: FIT[fit], position: 'centre', background: 'white' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pixels = size * size;
  const planar = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const from = info.channels < 3 ? 0 : channel;
    for (let pixel = 0; pixel < pixels; pixel++) planar[channel * pixels + pixel] = data[pixel * info.channels + from];
  }
  return planar;
}

/** Whether it begins with a box of brands, AVIF's among them, and goes on with another (ISO/IEC 14496-12, 4.2 and 4.3). */
function isAvif(file: Buffer): boolean {
  if (file.length < 24 || file.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = file.readUInt32BE(0);
  if (end < 16 || end > MOST_BRANDS || end % 4 !== 0 || end + 8 > file.length) return false;
  const brands = [8, ...Array.from({ length: (end - 16) / 4 }, (_, i) => 16 + 4 * i)];
  const known = brands.some((at) => AVIF_BRANDS.includes(file.toString('latin1', at, at + 4)));
  return known && /^[a-z]{4}$/.test(file.toString('latin1', end + 4, end + 8));
}

function checkDimensions(width: number, height: number): void {
  const dimensions = `${width}x${height} pixels`;
  if (width * height > MOST_PIXELS) throw new UnusableFile(`${dimensions}, more than 128 megapixels`);
  if (Math.min(width, height) < LEAST_SIDE) throw new UnusableFile(`${dimensions}, too small to show anything`);
}

function reasonOf(error: unknown): string {
  const message = messageOf(error).split('\n')[0];
  if (/exceeds pixel limit/i.test(message)) return 'more than 128 megapixels';
  if (
    /premature|truncated|unexpected end|end of (file|stream)|out of (order|range) read|not enough data/i.test(message)
  )
    return 'the file is cut off';
  return `damaged or of an unknown kind (${message})`;
}
