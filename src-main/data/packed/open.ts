import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { ImageSet, ImageSetIndex, Shard } from '../image-set.ts';
import { countByClass, FILES, HASH_BYTES, identityOf, imageBytes, indexSchema, type Columns } from './format.ts';

/** Shards that are open at once; a system allows a process about a thousand files. */
const OPEN_SHARDS = 64;

/**
 * Opens a packed set, checking that index and columns belong together (not the pixels: see verify.ts).
 * Pixels are read from the disk image by image.
 *
 * Errors: UserError if the set is missing, incomplete or altered.
 */
export function openImageSet(folder: string): ImageSet {
  const { index, columns } = openColumns(folder);
  const shards = new OpenShards(folder, index);
  return {
    index,
    folder,
    labels: columns.labels,
    heldOut: columns.heldOut,
    read(image, into, offset = 0) {
      if (!(image >= 0 && image < index.count)) throw new RangeError(`no image ${image} among ${index.count}`);
      shards.read(columns.slots[image], into, offset);
    },
    close: () => shards.close(),
  };
}

export function damaged(folder: string, what: string): UserError {
  return new UserError(`The image set ${basename(folder)} is damaged: ${what}. Import the images again to mend it.`);
}

/**
 * What is known of a packed set, without its columns: quick however many images it has. Whether index and columns belong
 * together is not checked. Errors: as openImageSet.
 */
export function readImageSetIndex(folder: string): ImageSetIndex {
  const parsed = indexSchema.safeParse(parseIndex(folder));
  if (!parsed.success) throw damaged(folder, `${FILES.index} is not valid (${parsed.error.issues[0].path.join('.')})`);
  checkShards(folder, parsed.data);
  return parsed.data;
}

function openColumns(folder: string): { index: ImageSetIndex; columns: Columns } {
  const index = readImageSetIndex(folder);
  const columns: Columns = {
    labels: Uint16Array.from(readColumn(folder, index, FILES.labels, 2)),
    heldOut: Uint8Array.from(readColumn(folder, index, FILES.heldOut, 1)),
    slots: Uint32Array.from(readColumn(folder, index, FILES.slots, 4)),
    hashes: readBytes(folder, FILES.hashes, index.count * HASH_BYTES),
  };
  const slots = index.shards.reduce((sum, { images }) => sum + images, 0);
  const agree =
    identityOf(index.size, index.classes, columns) === index.id &&
    columns.slots.every((slot) => slot < slots) &&
    isSame(countByClass(columns, index.classes.length, 0), index.trainCounts) &&
    isSame(countByClass(columns, index.classes.length, 1), index.heldOutCounts);
  if (!agree) throw damaged(folder, `its index or its columns were altered`);
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
    throw damaged(folder, `${FILES.index} is not JSON`);
  }
}

function checkShards(folder: string, index: ImageSetIndex): void {
  let first = 0;
  for (const shard of index.shards) {
    const bytes = statSync(join(folder, shard.file), { throwIfNoEntry: false })?.size;
    if (bytes === undefined) throw damaged(folder, `${shard.file} is missing`);
    if (bytes !== shard.images * imageBytes(index.size)) throw damaged(folder, `${shard.file} has the wrong length`);
    const isLast = shard === index.shards.at(-1);
    if (shard.first !== first || (!isLast && shard.images !== index.shards[0].images))
      throw damaged(folder, `${FILES.index} leaves a gap at ${shard.file}`);
    first += shard.images;
  }
}

function readBytes(folder: string, file: string, length: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, file));
  } catch (error) {
    throw damaged(folder, `${file} can't be read (${messageOf(error)})`);
  }
  if (bytes.length !== length) throw damaged(folder, `${file} has the wrong length`);
  return bytes;
}

function* readColumn(folder: string, index: ImageSetIndex, file: string, width: 1 | 2 | 4): Generator<number> {
  const bytes = readBytes(folder, file, index.count * width);
  for (let offset = 0; offset < bytes.length; offset += width) yield bytes.readUIntLE(offset, width);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, position) => value === b[position]);
}

/** Shards opened when first read from; the one that was opened first is closed when there are too many. */
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
      if (read === 0) throw damaged(this.#folder, `${shard.file} is cut off`);
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
      throw damaged(this.#folder, `${shard.file} can't be opened (${messageOf(error)})`);
    }
  }
}
