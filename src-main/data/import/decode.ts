import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../../errors.ts';
import { UnusableFile } from './source.ts';

/** Bytes of an image file, at most. A photograph straight from a camera has about a tenth of them. */
export const MOST_FILE_BYTES = 64 * 2 ** 20;

/** Pixels of an image, at most: 128 megapixels. A progressive JPEG of this size takes some 800 MB to decode. */
const MOST_PIXELS = 2 ** 27;

/** Images with more pixels than this are decoded one at a time, so that memory holds only one of them. */
const HEAVY_PIXELS = 2 ** 24;

/** Rows or columns of an image, at least: nothing can be seen in less. */
const LEAST_SIDE = 4;

/** The first bytes of the six formats. Everything else that libvips may read (SVG, PDF ...) is kept away from it. */
const FORMATS: readonly RegExp[] = [
  /^\xff\xd8\xff/,
  // eslint-disable-next-line no-control-regex -- the signature of PNG has control characters
  /^\x89PNG\r\n\x1a\n/,
  /^GIF8[79]a/,
  /^RIFF[^]{4}WEBP/,
  /^(II[*+]\0|MM\0[*+])/,
  /^[^]{4}ftyp(avif|avis|mif1|msf1|heic|heix)/,
];

/**
 * Decodes an image file, turns it upright by its EXIF orientation, resizes its shorter side to `size` and cuts out the
 * centre: [3, size, size], red first. Grey becomes RGB, transparency becomes white, 16 bits become 8, and an animation
 * becomes its first frame. An image that is already of this size keeps its pixels.
 *
 * Throws UnusableFile with the reason.
 */
export async function decodeImage(file: Buffer, size: number): Promise<Uint8Array> {
  const start = file.toString('latin1', 0, 16);
  if (!FORMATS.some((format) => format.test(start)))
    throw new UnusableFile(file.length === 0 ? 'an empty file' : 'not a JPEG, PNG, WebP, GIF, TIFF or AVIF image');
  try {
    const image = sharp(file, { failOn: 'error', limitInputPixels: MOST_PIXELS });
    const { width, height } = await image.metadata();
    checkDimensions(width, height);
    const work = () => resizeToSquare(image.autoOrient(), size);
    return await (width * height > HEAVY_PIXELS ? oneAtATime(work) : work());
  } catch (error) {
    throw error instanceof UnusableFile ? error : new UnusableFile(reasonOf(error));
  }
}

/** Resizes pixels that are decoded already, [rows, columns, channels] with 1 or 3 channels, to [3, size, size]. */
export function resizePixels(
  pixels: Uint8Array,
  shape: { rows: number; columns: number; channels: 1 | 3 },
  size: number,
): Promise<Uint8Array> {
  const { rows: height, columns: width, channels } = shape;
  return resizeToSquare(sharp(pixels, { raw: { width, height, channels } }), size);
}

async function resizeToSquare(image: Sharp, size: number): Promise<Uint8Array> {
  const { data, info } = await image
    .resize(size, size, { fit: 'cover', position: 'centre' })
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

function checkDimensions(width: number, height: number): void {
  const dimensions = `${width}x${height} pixels`;
  if (width * height > MOST_PIXELS) throw new UnusableFile(`${dimensions}, more than 128 megapixels`);
  if (Math.min(width, height) < LEAST_SIDE) throw new UnusableFile(`${dimensions}, too small to show anything`);
}

let heavyWork: Promise<unknown> = Promise.resolve();

function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const result = heavyWork.then(work);
  heavyWork = result.catch(() => {});
  return result;
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
