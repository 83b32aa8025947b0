import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { ImageSet, ImageSetIndex, Shard } from '../image-set.ts';
import { ClassSums } from './class-sums.ts';
import {
  type Columns,
  countByClass,
  damagedImageSet,
  FILES,
  HASH_BYTES,
  identityOf,
  imageBytes,
  indexSchema,
} from './format.ts';

/**
 * Opens a packed set. Checks that index and columns belong together, but not the pixels (`verifyImageSet` does). Pixels are
 * read from the disk image by image.
 *
 * Throws a UserError if the set is missing, incomplete or altered.
 */
export function openImageSet(folder: string): ImageSet {
  const { index, columns } = openColumns(folder);
  const shards = new OpenShards(folder, index);
  const set: ImageSet = {
    index,
    folder,
    labels: columns.labels,
    heldOut: columns.heldOut,
    read(image, into, offset = 0) {
      if (!(image >= 0 && image < index.count)) throw new RangeError(`no image ${image} among ${index.count}`);
      shards.read(columns.slots[image], into, offset);
    },
    classSums: (label) => sums.of(label),
    close() {
      shards.close();
      sums.close();
    },
  };
  const sums = new ClassSums(set);
  return set;
}

/**
 * Reads the index of a packed set without its columns, which is quick for any number of images. Does not check that
 * index and columns belong together. Throws the errors of openImageSet.
 */
export function readImageSetIndex(folder: string): ImageSetIndex {
  const parsed = indexSchema.safeParse(parseIndex(folder));
  if (!parsed.success)
    throw damagedImageSet(folder, `${FILES.index} is not valid (${parsed.error.issues[0].path.join('.')})`);
  checkShards(folder, parsed.data);
  return parsed.data;
}

function openColumns(folder: string): { index: ImageSetIndex; columns: Omit<Columns, 'hashes'> } {
  const index = readImageSetIndex(folder);
  const columns = readColumns(folder, index);
  const slots = index.shards.reduce((sum, { images }) => sum + images, 0);
  const agree =
    identityOf(index.size, index.classes, columns, readHashes(folder, index)) === index.id &&
    columns.slots.every((slot) => slot < slots) &&
    isSame(countByClass(columns, index.classes.length, 0), index.trainCounts) &&
    isSame(countByClass(columns, index.classes.length, 1), index.heldOutCounts);
  if (!agree) throw damagedImageSet(folder, `its index or its columns were altered`);
  return { index, columns };
}

function parseIndex(folder: string): unknown {
  let text: string;
  try {
    text = readFileSync(join(folder, FILES.index), 'utf8');
  } catch (error) {
    throw new UserError(`There is no image set in ${folder} (${messageOf(error)}): import the images again.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw damagedImageSet(folder, `${FILES.index} is not JSON`);
  }
}

function checkShards(folder: string, index: ImageSetIndex): void {
  let first = 0;
  for (const shard of index.shards) {
    const bytes = statSync(join(folder, shard.file), { throwIfNoEntry: false })?.size;
    if (bytes === undefined) throw damagedImageSet(folder, `${shard.file} is missing`);
    if (bytes !== shard.images * imageBytes(index.size))
      throw damagedImageSet(folder, `${shard.file} has the wrong length`);
    const isLast = shard === index.shards.at(-1);
    if (shard.first !== first || (!isLast && shard.images !== index.shards[0].images))
      throw damagedImageSet(folder, `${FILES.index} leaves a gap at ${shard.file}`);
    first += shard.images;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, position) => value === b[position]);
}

/** Bytes that are read at once. It is a multiple of the size of every column's values. */
const PIECE_BYTES = 2 ** 20;

/**
 * Reads the columns that reading images takes, 7 bytes per image. Throws a UserError if a file is missing or has the
 * wrong length.
 */
function readColumns(folder: string, { count }: ImageSetIndex): Omit<Columns, 'hashes'> {
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
const readHashes = (folder: string, { count }: ImageSetIndex): Generator<Uint8Array> =>
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

/** Shards that are open at once, at most: systems allow a process about a thousand open files. */
const OPEN_SHARDS = 64;

/** Opens shards when they are first read from. When too many are open, the one that was opened first is closed. */
class OpenShards {
  readonly #folder: string;
  readonly #shards: readonly Shard[];
  readonly #imageBytes: number;
  readonly #descriptors = new Map<Shard, number>();

  constructor(folder: string, index: ImageSetIndex) {
    this.#folder = folder;
    this.#shards = index.shards;
    this.#imageBytes = imageBytes(index.size);
  }

  read(slot: number, into: Uint8Array, offset: number): void {
    const shard = this.#shards[this.#positionOf(slot)];
    const descriptor = this.#descriptors.get(shard) ?? this.#open(shard);
    const start = (slot - shard.first) * this.#imageBytes;
    for (let done = 0; done < this.#imageBytes;) {
      const read = readSync(descriptor, into, offset + done, this.#imageBytes - done, start + done);
      if (read === 0) throw damagedImageSet(this.#folder, `${shard.file} is cut off`);
      done += read;
    }
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  /** All shards but the last hold the same number of images. */
  #positionOf(slot: number): number {
    return Math.floor(slot / this.#shards[0].images);
  }

  #open(shard: Shard): number {
    if (this.#descriptors.size >= OPEN_SHARDS) {
      const [oldest, descriptor] = this.#descriptors.entries().next().value!;
      closeSync(descriptor);
      this.#descriptors.delete(oldest);
    }
    try {
      const descriptor = openSync(join(this.#folder, shard.file), 'r');
      this.#descriptors.set(shard, descriptor);
      return descriptor;
    } catch (error) {
      throw damagedImageSet(this.#folder, `${shard.file} can't be opened (${messageOf(error)})`);
    }
  }
}

/** Reads a whole packed set and compares its checksums. Throws a UserError that names what is damaged. */
export async function verifyImageSet(folder: string): Promise<void> {
  const set = openImageSet(folder);
  try {
    if (existsSync(join(folder, FILES.classSums)))
      for (const label of set.index.classes.keys()) await set.classSums(label);
  } finally {
    set.close();
  }
  for (const shard of set.index.shards) {
    const hash = createHash('sha256');
    try {
      for await (const piece of createReadStream(join(folder, shard.file))) hash.update(piece as Buffer);
    } catch (error) {
      throw damagedImageSet(folder, `${shard.file} can't be read (${messageOf(error)})`);
    }
    if (hash.digest('hex') !== shard.sha256) throw damagedImageSet(folder, `${shard.file} is not what was stored`);
  }
}
