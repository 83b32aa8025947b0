import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { ImageSet, ImageSetIndex } from '../image-set.ts';
import { ClassSums } from './class-sums.ts';
import { readColumns, readHashes } from './columns.ts';
import { damagedImageSet } from './damaged.ts';
import { countByClass, FILES, identityOf, imageBytes, indexSchema, type Columns } from './format.ts';
import { OpenShards } from './open-shards.ts';

/**
 * Opens a packed set. Checks that index and columns belong together, but not the pixels (verify.ts does). Pixels are
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
