import sharp, { type Sharp } from 'sharp';
import { percent } from '../../common/numbers.ts';
import { messageOf } from '../../errors.ts';
import { inkAsLight, widened } from './brightness.ts';
import { missingRows, MOST_MISSING } from './cut-jpeg.ts';
import type { Raw } from './format.ts';
import { decodeOther } from './other-formats.ts';
import { plainJpeg } from './plain-jpeg.ts';
import { plainPng } from './plain-png.ts';
import { factors, reduced } from './reduce.ts';
import { UnusableFile } from './source.ts';

// Several images are decoded at once, so threads within one would only compete. No image is decoded twice, so a cache
// would never be hit.
sharp.concurrency(1);
sharp.cache(false);

/** Pixels of an image, at most: 128 megapixels. A progressive JPEG of this size takes some 800 MB to decode. */
const MOST_PIXELS = 2 ** 27;

/** Images with more pixels than this are decoded one at a time, so that memory holds only one of them. */
const HEAVY_PIXELS = 2 ** 24;

const CUT_OFF = 'the file is cut off';

/** An image with so many pixels that no other such image may be decoded meanwhile. */
export class Heavy extends Error {}

/** Rows or columns of an image, at least: nothing can be seen in less. */
const LEAST_SIDE = 4;

/** Rows and columns of a decoded image, and how one that is not square becomes so. */
export interface Square {
  readonly size: number;
  readonly fit?: 'crop' | 'pad' | 'squeeze';
  /** An image of so many rows and columns keeps them, too. */
  readonly kept?: number;
  /** The filter; absent: Lanczos of width 3, as for image sets. */
  readonly kernel?: 'nearest' | 'linear' | 'cubic';
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

/** An image as an import stores it. */
export interface DecodedImage {
  /** [3, size, size], red first. */
  readonly pixels: Uint8Array;
  /** Rows and columns of the file, before it was turned upright. */
  readonly rows: number;
  readonly columns: number;
  /** Of a file that is cut off, the share of rows that is missing and grey. */
  readonly missing?: number;
}

/**
 * Decodes an image file, turns it upright by its EXIF orientation, resizes its shorter side to `size` and cuts out the
 * centre. Grey becomes RGB, transparency white (black behind what is all white), 16 bits become 8, and an
 * animation becomes its first frame. An image that is already of this size keeps its pixels. A JPEG that lacks its last bytes is
 * taken as far as it goes.
 *
 * Throws UnusableFile with the reason, and Heavy for an image that is to be decoded alone, unless it is.
 */
export async function decodeImage(file: Buffer, square: Square, alone: boolean): Promise<DecodedImage> {
  const plain = await decodePlain(file, square);
  if (plain !== undefined) return plain;
  const check = (columns: number, rows: number) => {
    checkDimensions(columns, rows);
    if (columns * rows > HEAVY_PIXELS && !alone) throw new Heavy();
  };
  try {
    const other = await decodeOther(file, check);
    if (other !== undefined) {
      const { rows, columns } = other;
      return { pixels: await resizeToSquare(sharpOf(other), keeping(square, columns, rows)), rows, columns };
    }
    const start = file.toString('latin1', 0, 16);
    if (!SIGNATURES.some((signature) => signature.test(start)) && !isAvif(file))
      throw new UnusableFile(otherKind(file));
    const known = (failOn: 'error' | 'none') => decodeKnown(file, square, failOn, check);
    return await known('error').catch(async (error: unknown) => {
      if (error instanceof Heavy || !start.startsWith('\xff\xd8') || reasonOf(error, file) !== CUT_OFF) throw error;
      const missing = await missingRows(file);
      if (missing > MOST_MISSING) throw new UnusableFile(`${CUT_OFF}: ${percent(missing, 0)} of it is missing`);
      return { ...(await known('none')), missing };
    });
  } catch (error) {
    throw error instanceof UnusableFile || error instanceof Heavy ? error : new UnusableFile(reasonOf(error, file));
  }
}

/** From this factor on libvips lets the decoder of JPEGs make them smaller, to other bytes. */
const JPEG_FACTOR = 3;

/** A small plain image that is to become a little smaller, or to stay as it is, with the bytes that libvips gives it. */
async function decodePlain(file: Buffer, square: Square): Promise<DecodedImage | undefined> {
  if (square.kernel !== undefined) return undefined;
  const below = (most?: number) => (rows: number, columns: number) =>
    factors(rows, columns, keeping(square, columns, rows), most) !== undefined;
  const raw = plainPng(file, below()) ?? (await plainJpeg(file, below(JPEG_FACTOR)));
  if (raw === undefined) return undefined;
  const { rows, columns } = raw;
  const pixels = reduced(raw, keeping(square, columns, rows));
  return pixels && { pixels, rows, columns };
}

async function decodeKnown(
  file: Buffer,
  square: Square,
  failOn: 'error' | 'none',
  check: (columns: number, rows: number) => void,
): Promise<DecodedImage> {
  const image = () => sharp(file, { failOn, limitInputPixels: MOST_PIXELS });
  const metadata = await image().metadata();
  if (metadata.compression === 'hevc') throw new UnusableFile(HEIC);
  const { width: columns, height: rows } = metadata;
  check(columns, rows);
  const ink = metadata.space === 'cmyk' && metadata.icc === undefined;
  const raw = ink ? await inkAsLight(image().autoOrient()) : await widened(image().autoOrient(), metadata);
  const pixels = await resizeToSquare(
    raw ? sharpOf(raw) : image().autoOrient(),
    keeping(square, columns, rows),
    metadata.hasAlpha,
  );
  return { pixels, rows, columns };
}

const keeping = (square: Square, columns: number, rows: number): Square =>
  square.kept === columns && square.kept === rows ? { ...square, size: square.kept } : square;

const HEIC =
  'an HEIC photograph, whose HEVC decoder is under patents and not part of this program: convert it to JPEG (phones do when they send it, or choose "Most Compatible")';

/** What a file is that is no image of a kind that is read. */
function otherKind(file: Buffer): string {
  if (file.length === 0) return 'an empty file';
  const start = file.toString('latin1', 0, 64);
  if (/^.{4}ftyp(hei|hev|mif1)/s.test(start)) return HEIC;
  if (/^\s*<(!doctype html|html)/i.test(start)) return 'a web page instead of an image: the download failed';
  if (start.startsWith('\xff\n') || start.startsWith('\0\0\0\fJXL '))
    return 'a JPEG XL image, which is not read: save it as PNG';
  if (start.startsWith('8BPS')) return 'a Photoshop file, which is not read: save it as PNG';
  if (start.startsWith('version https://git-lfs'))
    return 'a pointer of Git LFS and not the image: fetch it with "git lfs pull"';
  return 'not a JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PNM or JPEG 2000 image';
}

const sharpOf = ({ pixels, rows: height, columns: width, channels }: Raw): Sharp =>
  sharp(pixels, { raw: { width, height, channels } });

/** Resizes pixels that are decoded already, [rows, columns, channels] with 1 or 3 channels, to [3, size, size]. */
export async function resizePixels(
  pixels: Uint8Array,
  shape: { rows: number; columns: number; channels: 1 | 3 },
  size: number,
): Promise<Uint8Array> {
  const { rows: height, columns: width, channels } = shape;
  return (
    reduced({ pixels, ...shape }, { size }) ??
    resizeToSquare(sharp(pixels, { raw: { width, height, channels } }), { size })
  );
}

async function resizeToSquare(
  image: Sharp,
  { size, fit = 'crop', kernel }: Square,
  alpha = false,
): Promise<Uint8Array> {
  // Margins of an image with transparency are transparent, so that they get its ground.
  const background = alpha ? { r: 255, g: 255, b: 255, alpha: 0 } : 'white';
  const resized = image.resize(size, size, { fit: FIT[fit], position: 'centre', background, kernel });
  const ground = alpha && (await isWhiteOnNothing(resized.clone())) ? 'black' : 'white';
  const { data, info } = await resized
    .flatten({ background: ground })
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

/** Values from here on can't be told from white. */
const NEARLY_WHITE = 240;

/** Whether all that can be seen of an image is white, and something is transparent: on white it would vanish. */
async function isWhiteOnNothing(image: Sharp): Promise<boolean> {
  const { data, info } = await image
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { channels } = info;
  let [clear, seen] = [false, false];
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + channels - 1];
    if (alpha < 16) clear = true;
    else if (data.subarray(at, at + channels - 1).some((value) => value < NEARLY_WHITE)) return false;
    else seen = true;
  }
  return clear && seen;
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

function reasonOf(error: unknown, file: Buffer): string {
  const message = messageOf(error).split('\n')[0];
  const start = file.toString('latin1', 0, 12);
  if (/^.{4}ftyp(hei|hev)/s.test(start)) return HEIC;
  if (start.startsWith('\x89PNG') && !file.subarray(-12).includes('IEND')) return CUT_OFF;
  if (/exceeds pixel limit/i.test(message)) return 'more than 128 megapixels';
  if (
    /premature|truncated|unexpected end|end of (file|stream)|out of (order|range) read|not enough data/i.test(message)
  )
    return CUT_OFF;
  if (/labq/.test(message)) return 'an image in L*a*b* colours, which are not read: convert it to RGB';
  return `damaged or of an unknown kind (${message})`;
}
