import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Cancelled } from '../../errors.ts';
import type { ImageSet, ImageSetIndex } from '../image-set.ts';
import { asDiskError } from './temporary-folder.ts';
import { damagedImageSet, FILES, HASH_BYTES, imageBytes } from './format.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

/** The sum of a class is stored if it has this many training images. With fewer, reading the images is cheap. */
const LARGE_CLASS = 32;

/**
 * The sum of all training images of each class, pixel by pixel. It gives the mean over any classes without reading
 * their images. The file has one record for each large class, in label order: the sums as uint32 [3, size, size],
 * little-endian, and the 32 bytes of a SHA-256 over set, label and sums. The import writes it; for sets that were
 * imported by older versions, the first use does.
 */
export class ClassSums {
  readonly #set: ImageSet;
  readonly #records: Int32Array;
  readonly #sums: Uint32Array;
  readonly #hash = new Uint8Array(HASH_BYTES);
  #descriptor: number | undefined;

  constructor(set: ImageSet) {
    this.#set = set;
    this.#records = recordsOf(set.index);
    this.#sums = new Uint32Array(imageBytes(set.index.size));
  }

  /**
   * The sum of a class, [3, size, size], valid until the next call; undefined for a small class. Throws a UserError if
   * it is damaged.
   */
  async of(label: number): Promise<Uint32Array | undefined> {
    const { index, folder } = this.#set;
    if (this.#records[label] < 0) return undefined;
    this.#descriptor ??= await this.#open();
    const start = this.#records[label] * recordBytes(index);
    readSync(this.#descriptor, this.#sums, 0, this.#sums.byteLength, start);
    readSync(this.#descriptor, this.#hash, 0, HASH_BYTES, start + this.#sums.byteLength);
    if (!sumsHash(index.id, label, this.#sums).equals(this.#hash))
      throw damagedImageSet(folder, `${FILES.classSums} is not what was stored`);
    return this.#sums;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  async #open(): Promise<number> {
    const { folder, index } = this.#set;
    const file = join(folder, FILES.classSums);
    const found = openFile(file);
    if (found !== undefined) {
      const records = this.#records.reduce((count, record) => count + Number(record >= 0), 0);
      // A file of another length was cut off, and is written again.
      if (fstatSync(found).size === records * recordBytes(index)) return found;
      closeSync(found);
    }
    await writeClassSums(this.#set);
    return openSync(file, 'r');
  }
}

/**
 * Reads every training image of every large class once and writes the sums. Throws a UserError if the disk is full or
 * not writable, and Cancelled when aborted.
 */
export async function writeClassSums(set: ImageSet, signal?: AbortSignal): Promise<void> {
  const { folder, index } = set;
  const records = recordsOf(index);
  if (records.every((record) => record < 0)) return;
  const unfinished = join(folder, `${FILES.classSums}.${process.pid}-${randomBytes(6).toString('hex')}.part`);
  try {
    const handle = await open(unfinished, 'wx', OWNER_ONLY.file);
    try {
      await writeRecords(handle, set, records, signal);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, join(folder, FILES.classSums));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw asDiskError(error, folder);
  }
}

async function writeRecords(
  handle: FileHandle,
  set: ImageSet,
  records: Int32Array,
  signal?: AbortSignal,
): Promise<void> {
  const pixels = new Uint8Array(imageBytes(set.index.size));
  const sums = new Uint32Array(pixels.length);
  for (const [label, images] of trainingImages(set).entries()) {
    if (records[label] < 0) continue;
    sums.fill(0);
    for (const image of images) {
      set.read(image, pixels);
      for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
    }
    await handle.writeFile(sums);
    await handle.writeFile(sumsHash(set.index.id, label, sums));
    await setImmediate();
    if (signal?.aborted) throw new Cancelled();
  }
}

/** The numbers of the training images of each label, ascending. */
function trainingImages({ index, labels, heldOut }: ImageSet): Int32Array[] {
  const images = index.trainCounts.map((count) => new Int32Array(count));
  const filled = new Int32Array(images.length);
  for (let image = 0; image < labels.length; image++)
    if (!heldOut[image]) images[labels[image]][filled[labels[image]]++] = image;
  return images;
}

/** The position of each label's record; -1 for small classes. */
function recordsOf({ trainCounts }: ImageSetIndex): Int32Array {
  let records = 0;
  return Int32Array.from(trainCounts, (count) => (count < LARGE_CLASS ? -1 : records++));
}

const recordBytes = ({ size }: ImageSetIndex): number => imageBytes(size) * Uint32Array.BYTES_PER_ELEMENT + HASH_BYTES;

/**
 * The checksum that follows the sums of a class. It also covers the set and the label, so that neither another set's
 * file nor a block of zeros after a power cut is taken for them.
 */
export function sumsHash(id: string, label: number, sums: Uint32Array): Buffer {
  return createHash('sha256').update(`${id} ${label} `).update(sums).digest();
}

/** Opens a file for reading; undefined if it does not exist. */
function openFile(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
