import { bmp } from './bmp.ts';
import { cutOff, type Format, type Raw } from './format.ts';
import { UnusableFile } from './source.ts';

/** Portable bitmap, greymap and pixmap, plain and raw (P1 to P6), as netpbm defines them. */
const pnm: Format = {
  recognise: (file) => /^P[1-6][\s#]/.test(file.toString('latin1', 0, 3)),
  decode(file, check) {
    const kind = file[1] - 48;
    let at = 2;
    const token = (): number => {
      for (;;) {
        while (at < file.length && file[at] <= 32) at++;
        if (file[at] !== 35) break;
        while (at < file.length && file[at] !== 10) at++;
      }
      const from = at;
      // In a plain bitmap digits stand without spaces.
      while (at < file.length && file[at] > 32 && !(kind === 1 && at > from && inBody)) at++;
      const value = Number(file.toString('latin1', from, at));
      return from === at ? cutOff() : value;
    };
    let inBody = false;
    const columns = token();
    const rows = token();
    const most = kind % 3 === 1 ? 1 : token();
    if (![columns, rows, most].every(Number.isInteger) || most < 1 || most > 65535) throw new UnusableFile('damaged');
    check(columns, rows);
    const channels = kind % 3 === 0 ? 3 : 1;
    const pixels = new Uint8Array(columns * rows * channels);
    const scale = 255 / most;
    inBody = true;
    if (kind < 4) {
      for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round((kind === 1 ? 1 - token() : token()) * scale);
      return { pixels, rows, columns, channels };
    }
    at++;
    const stride = kind === 4 ? Math.ceil(columns / 8) : columns * channels * (most > 255 ? 2 : 1);
    if (file.length < at + stride * rows) cutOff();
    for (let i = 0; i < pixels.length; i++)
      if (kind === 4) {
        const [row, column] = [Math.floor(i / columns), i % columns];
        pixels[i] = (file[at + row * stride + (column >> 3)] >> (7 - (column & 7))) & 1 ? 0 : 255;
      } else pixels[i] = Math.round((most > 255 ? file.readUInt16BE(at + 2 * i) : file[at + i]) * scale);
    return { pixels, rows, columns, channels };
  },
};

interface J2kDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
  delete(): void;
}

/** It prints what it does to the terminal, unless it is given another place. */
type LoadJ2k = (options: {
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<{ J2KDecoder: new () => J2kDecoder }>;

/** JPEG 2000, by OpenJPEG compiled to JavaScript: a hostile file can't leave its memory. */
const jpeg2000: Format = {
  recognise: (file) =>
    file.toString('latin1', 4, 8) === 'jP  ' || (file.length > 4 && file.readUInt32BE(0) === 0xff4fff51),
  async decode(file, check) {
    // Its first segment has the edges of the image on a reference grid (ISO/IEC 15444-1, A.5.1).
    const size = file.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
    if (size < 0) throw new UnusableFile('a damaged JPEG 2000 image');
    const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => file.readUInt32BE(size + at));
    check(right - left, bottom - top);
    const { default: load } = await import('@cornerstonejs/codec-openjpeg/decode');
    const { J2KDecoder } = await (load as unknown as LoadJ2k)({ print: () => {}, printErr: () => {} });
    const decoder = new J2KDecoder();
    try {
      decoder.getEncodedBuffer(file.length).set(file);
      decoder.decode();
      const { width: columns, height: rows, bitsPerSample: bits, componentCount, isSigned } = decoder.getFrameInfo();
      if (isSigned || bits > 16 || ![1, 3, 4].includes(componentCount))
        throw new UnusableFile(`a JPEG 2000 image with ${componentCount} channels of ${bits} bits`);
      const decoded = decoder.getDecodedBuffer();
      const values = bits > 8 ? new Uint16Array(Uint8Array.from(decoded).buffer) : decoded;
      const scale = 255 / (2 ** bits - 1);
      return {
        pixels: Uint8Array.from(values, (value) => Math.round(value * scale)),
        rows,
        columns,
        channels: componentCount as 1 | 3 | 4,
      };
    } catch (error) {
      throw error instanceof UnusableFile ? error : new UnusableFile('a damaged JPEG 2000 image');
    } finally {
      decoder.delete();
    }
  },
};

const FORMATS: readonly Format[] = [bmp, pnm, jpeg2000];

/** Decodes a file of a format that is read here; undefined for any other. */
export async function decodeOther(
  file: Buffer,
  check: (columns: number, rows: number) => void,
): Promise<Raw | undefined> {
  const format = FORMATS.find((one) => one.recognise(file));
  if (format === undefined) return undefined;
  try {
    return await format.decode(file, check);
  } catch (error) {
    if (error instanceof RangeError) return cutOff();
    throw error;
  }
}
