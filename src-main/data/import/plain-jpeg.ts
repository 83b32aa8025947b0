import type { IsWanted, Raw } from './format.ts';

/** Bytes, rows and columns, at most: for larger images libvips is as fast. */
const MOST_BYTES = 2 ** 16;
const MOST_SIDE = 256;
const LEAST_SIDE = 4;

/** Segments that say nothing about the colours as they are shown here: the frame of JFIF, tables, intervals and comments. */
const HARMLESS = [0xe0, 0xc4, 0xdb, 0xdd, 0xfe];
/** Frames of the two sequential kinds (ITU-T T.81, table B.1), and what ends the header. */
const [BASELINE, EXTENDED, SCAN] = [0xc0, 0xc1, 0xda];
/** Brightness and two colours, of which those may be halved across, or across and down (4:4:4, 4:2:2, 4:2:0). */
const SAMPLINGS = [0x11, 0x21, 0x22].map((brightness) => [brightness, 0x11, 0x11].join());

interface JpegDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8ClampedArray;
}

type LoadJpeg = (options: {
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<{ JPEGDecoder: new () => JpegDecoder }>;

let decoder: Promise<JpegDecoder> | undefined;

/**
 * The pixels of a small JPEG of the plainest kind: sequential, grey or three colours of 8 bits, nothing about its orientation or
 * profile. Sets have hundreds of thousands of them, and for each libvips takes ten times as long as the same library by itself
 * (libjpeg-turbo, compiled to WebAssembly). Undefined for any other file, and for one with anything wrong.
 */
export async function plainJpeg(file: Buffer, isWanted: IsWanted = () => true): Promise<Raw | undefined> {
  const frame = frameOf(file);
  if (frame === undefined || !isWanted(frame.rows, frame.columns)) return undefined;
  decoder ??= load();
  try {
    const one = await decoder;
    one.getEncodedBuffer(file.length).set(file);
    // It throws for whatever libjpeg warns of.
    one.decode();
    const pixels = new Uint8Array(one.getDecodedBuffer());
    return pixels.length === frame.rows * frame.columns * frame.channels ? { pixels, ...frame } : undefined;
  } catch {
    // What a broken file has left in its memory is no other's concern.
    decoder = undefined;
    return undefined;
  }
}

async function load(): Promise<JpegDecoder> {
  const { default: loadJpeg } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
  const { JPEGDecoder } = await (loadJpeg as unknown as LoadJpeg)({ print: () => {}, printErr: () => {} });
  return new JPEGDecoder();
}

/** What the header says of a plain JPEG. */
function frameOf(file: Buffer): Omit<Raw, 'pixels'> | undefined {
  if (file.length > MOST_BYTES || file.length < 4 || file.readUInt16BE(0) !== 0xffd8) return undefined;
  let frame: Omit<Raw, 'pixels'> | undefined;
  for (let at = 2; at + 4 <= file.length; at += 2 + file.readUInt16BE(at + 2)) {
    if (file[at] !== 0xff) return undefined;
    const kind = file[at + 1];
    if (kind === SCAN) return frame;
    if (kind === BASELINE || kind === EXTENDED) {
      if (frame !== undefined || at + 10 > file.length) return undefined;
      const [bits, channels] = [file[at + 4], file[at + 9]];
      const [rows, columns] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)];
      if (bits !== 8 || (channels !== 1 && channels !== 3)) return undefined;
      if (Math.min(rows, columns) < LEAST_SIDE || Math.max(rows, columns) > MOST_SIDE) return undefined;
      const samples = Array.from({ length: channels }, (_, channel) => file[at + 11 + 3 * channel]);
      if (channels === 3 && !SAMPLINGS.includes(samples.join())) return undefined;
      frame = { rows, columns, channels };
    } else if (!HARMLESS.includes(kind)) return undefined;
  }
  return undefined;
}
