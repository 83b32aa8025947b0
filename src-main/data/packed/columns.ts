import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { ImageSetIndex } from '../image-set.ts';
import { damagedImageSet } from './damaged.ts';
import { FILES, HASH_BYTES, type Columns } from './format.ts';

/** Bytes that are read at once. It is a multiple of the size of every column's values. */
const PIECE_BYTES = 2 ** 20;

/**
 * Reads the columns that reading images takes, 7 bytes per image. Throws a UserError if a file is missing or has the
 * wrong length.
 */
export function readColumns(folder: string, { count }: ImageSetIndex): Omit<Columns, 'hashes'> {
  return {
    labels: new Uint16Array(readWhole(folder, FILES.labels, 2 * count)),
    heldOut: new Uint8Array(readWhole(folder, FILES.heldOut, count)),
    slots: new Uint32Array(readWhole(folder, FILES.slots, 4 * count)),
  };
}

/**
 * The hashes of all images, 32 bytes each, piece by piece, because only the check of the set's identity needs them.
 * Throws the errors of readColumns.
 */
export const readHashes = (folder: string, { count }: ImageSetIndex): Generator<Uint8Array> =>
  readPieces(folder, FILES.hashes, HASH_BYTES * count);

function readWhole(folder: string, file: string, length: number): ArrayBuffer {
  let whole: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  for (const piece of readPieces(folder, file, length)) {
    // Memory is allocated only after readPieces has found the file to be as long as the index says.
    whole ??= new Uint8Array(length);
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole?.buffer ?? new ArrayBuffer(0);
}

/** Reads a file in pieces, each valid until the next. Throws a UserError if the file does not have this length. */
function* readPieces(folder: string, file: string, length: number): Generator<Uint8Array> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(folder, file), 'r');
    if (fstatSync(descriptor).size !== length) throw damagedImageSet(folder, `${file} has the wrong length`);
    const piece = new Uint8Array(Math.min(PIECE_BYTES, length));
    for (let done = 0; done < length; done += piece.length) {
      const wanted = Math.min(piece.length, length - done);
      for (let filled = 0; filled < wanted;) {
        const read = readSync(descriptor, piece, filled, wanted - filled, done + filled);
        if (read === 0) throw damagedImageSet(folder, `${file} is cut off`);
        filled += read;
      }
      yield piece.subarray(0, wanted);
    }
  } catch (error) {
    throw error instanceof UserError ? error : damagedImageSet(folder, `${file} can't be read (${messageOf(error)})`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
