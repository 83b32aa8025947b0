import type { Metadata, Sharp } from 'sharp';
import type { Raw } from './format.ts';
import { UnusableFile } from './source.ts';

/** Kinds of values whose brightness libvips takes otherwise than those who wrote them. */
const ARRAYS = { float: Float32Array, double: Float64Array, uint: Uint32Array, ushort: Uint16Array } as const;

/** The largest value of 12-bit cameras, whose values are stored in 16 bits as they are. */
const TWELVE_BITS = 4095;

/**
 * The pixels of an image whose values are no 8-bit ones, brought to 0..255 as their writers mean them: floating-point 0..1 or
 * 0..255, whole numbers of 32 bits by the range that they use, 12 bits in 16. Undefined for an image that libvips takes right.
 * Throws UnusableFile where nothing says what is white.
 */
export async function widened(image: Sharp, { depth, space, channels, hasAlpha }: Metadata): Promise<Raw | undefined> {
  if (depth === 'short' || depth === 'int' || depth === 'char')
    throw new UnusableFile('an image of signed numbers, which do not say what is white: save it with 8 or 16 bits');
  if (depth === 'complex' || depth === 'dpcomplex') throw new UnusableFile('an image of complex numbers');
  if (channels > 4) throw new UnusableFile(`an image of ${channels} channels, which are no colours`);
  const grey16 = depth === 'ushort' && space === 'grey16' && !hasAlpha;
  if (!(depth in ARRAYS) || (depth === 'ushort' && !grey16)) return undefined;
  const { data, info } = await image.toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  const Values = ARRAYS[depth as keyof typeof ARRAYS];
  const values = new Values(data.buffer, data.byteOffset, data.length / Values.BYTES_PER_ELEMENT);
  let most = -Infinity;
  let least = Infinity;
  for (const value of values) {
    if (value > most) most = value;
    if (value < least) least = value;
  }
  const white = whiteOf(depth, least, most);
  if (white === undefined) return undefined;
  const pixels = Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round((value * 255) / white))));
  return { ...threeAtMost(pixels, info.channels), rows: info.height, columns: info.width };
}

/** The value that is white; undefined where libvips is right. */
function whiteOf(depth: string, least: number, most: number): number | undefined {
  if (depth === 'ushort') return most > 1023 && most <= TWELVE_BITS ? TWELVE_BITS : undefined;
  if (depth === 'uint') {
    if (most <= 255) return 255;
    if (most <= 65535) return 65535;
    if (most > 2 ** 24) return 2 ** 32 - 1;
  } else if (least >= 0 && most <= 1) return 1;
  else if (least >= 0 && most <= 255) return 255;
  throw new UnusableFile(
    `an image of values from ${least} to ${most}, which do not say what is white: save it with 8 or 16 bits`,
  );
}

/** Two channels are grey and transparency, of which grey stays. */
function threeAtMost(pixels: Uint8Array, channels: number): Pick<Raw, 'pixels' | 'channels'> {
  if (channels === 1 || channels === 3 || channels === 4) return { pixels, channels };
  return { pixels: pixels.filter((_, at) => at % channels === 0), channels: 1 };
}

/** Pixels of ink without a profile, [rows, columns, 4], as light: what is not absorbed by a colour and by black. */
export async function inkAsLight(image: Sharp): Promise<Raw> {
  const { data, info } = await image
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(info.width * info.height * 3);
  for (let pixel = 0; pixel < info.width * info.height; pixel++)
    for (let channel = 0; channel < 3; channel++)
      pixels[3 * pixel + channel] = Math.round(((255 - data[4 * pixel + channel]) * (255 - data[4 * pixel + 3])) / 255);
  return { pixels, rows: info.height, columns: info.width, channels: 3 };
}
