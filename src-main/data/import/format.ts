import { UnusableFile } from './source.ts';

/** Pixels of 8 bits, [rows, columns, channels] with grey, RGB or RGBA. */
export interface Raw {
  readonly pixels: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly channels: 1 | 3 | 4;
}

/** Whether an image of so many rows and columns is wanted, asked before its pixels are read. */
export type IsWanted = (rows: number, columns: number) => boolean;

/** A format that libvips is kept from, or can't read, decoded here from its header on. */
export interface Format {
  recognise(file: Buffer): boolean;
  /** The size is checked before the pixels are read. Throws UnusableFile, or RangeError for a file that is cut off. */
  decode(file: Buffer, check: (columns: number, rows: number) => void): Raw | Promise<Raw>;
}

export const cutOff = (): never => {
  throw new UnusableFile('the file is cut off');
};
