import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { visibleLine } from '../../common/visible.ts';
import type { ImageSetIndex } from '../image-set.ts';
import { FILES } from './format.ts';

/**
 * The file of each image, as its path in what was imported. It is for people only: no part of a set's id, and absent in sets of
 * older versions and in images that are made. A name may have any length, so `file-names.bin` has one line for each image that
 * was read, in the order in which they came, and after the lines a uint32 for each image of the set, by number: where its line
 * begins, with a checksum. Names are written as they come and read one by one, so that memory does not grow with the set.
 */

/** Characters of a name, at most; of a longer one its end says most. */
const MOST_CHARACTERS = 300;
/** Bytes of a line, at most: three for each UTF-16 code unit, and its end. */
const LINE_BYTES = 3 * MOST_CHARACTERS + 1;
/** The place of a line that there is not. */
const NO_NAME = 2 ** 32 - 1;
/** Lines are collected up to so many bytes before they are written. */
const PIECE_BYTES = 2 ** 16;
/** The checksum of the places (CRC-32), after them. */
const SUM_BYTES = 4;

/** Writes the lines one after the other, and the places at the end. Without any name there is no file. */
export class FileNameWriter {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #piece: Buffer[] = [];
  #pieceBytes = 0;
  #bytes = 0;

  constructor(folder: string) {
    this.#path = join(folder, FILES.fileNames);
  }

  /** Returns the place of the line. */
  async write(file: string | undefined): Promise<number> {
    if (file === undefined) return NO_NAME;
    const name = visibleLine(file);
    const line = Buffer.from(`${name.length > MOST_CHARACTERS ? `…${name.slice(1 - MOST_CHARACTERS)}` : name}\n`);
    const place = this.#bytes;
    if (place + line.length >= NO_NAME) return NO_NAME;
    this.#piece.push(line);
    this.#pieceBytes += line.length;
    this.#bytes += line.length;
    if (this.#pieceBytes >= PIECE_BYTES) await this.#flush();
    return place;
  }

  /** @param places of the lines, by image number */
  async finish(places: Uint32Array): Promise<void> {
    if (this.#bytes === 0) return;
    await this.#flush();
    await this.#handle!.writeFile(places);
    await this.#handle!.writeFile(Uint32Array.of(crc32(new Uint8Array(places.buffer))));
    await this.#handle!.sync();
    await this.close();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #flush(): Promise<void> {
    this.#handle ??= await open(this.#path, 'wx');
    await this.#handle.writeFile(Buffer.concat(this.#piece));
    this.#piece = [];
    this.#pieceBytes = 0;
  }
}

/** What of a set its file names are found by. */
interface NamedSet {
  readonly folder: string;
  readonly index: Pick<ImageSetIndex, 'count'>;
}

/** The file names of a set, read one by one. */
export interface FileNames {
  /** Undefined for an image of which no name is kept. */
  of(image: number): string | undefined;
  close(): void;
}

/** Opens the file names of a set. One that has none, or whose file is damaged, knows no name. */
export function openFileNames({ folder, index: { count } }: NamedSet): FileNames {
  let file: number;
  try {
    file = openSync(join(folder, FILES.fileNames), 'r');
  } catch {
    return { of: () => undefined, close: () => {} };
  }
  const bytesAt = (start: number, most: number) => {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(file, bytes, 0, most, start));
  };
  const linesEnd = fstatSync(file).size - 4 * count - SUM_BYTES;
  const places = linesEnd > 0 ? bytesAt(linesEnd, 4 * count + SUM_BYTES) : Buffer.alloc(0);
  const whole =
    places.length === 4 * count + SUM_BYTES && crc32(places.subarray(0, 4 * count)) === places.readUInt32LE(4 * count);
  return {
    of(image) {
      if (!whole || !(image >= 0 && image < count)) return undefined;
      const start = places.readUInt32LE(4 * image);
      if (start >= linesEnd) return undefined;
      const line = bytesAt(start, Math.min(LINE_BYTES, linesEnd - start));
      const end = line.indexOf('\n');
      return end > 0 ? line.toString('utf8', 0, end) : undefined;
    },
    close: () => closeSync(file),
  };
}

/** The file names of some images; null where none is kept. */
export function fileNamesOf(set: NamedSet, images: ArrayLike<number>): (string | null)[] {
  const names = openFileNames(set);
  try {
    return Array.from(images, (image) => names.of(image) ?? null);
  } finally {
    names.close();
  }
}

/** An index as it leaves the home, in a report or a study's file: without the names of images that were taken. */
export function withoutFileNames(index: ImageSetIndex): ImageSetIndex {
  if (index.copies?.named === undefined) return index;
  const { named: _, ...copies } = index.copies;
  return { ...index, copies };
}
