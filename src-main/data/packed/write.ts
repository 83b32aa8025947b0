import { hash as hashOf } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { visibleLine } from '../../common/visible.ts';
import { Cancelled, UserError } from '../../errors.ts';
import type { ImageSetIndex, Reject } from '../image-set.ts';
import { writeClassSums } from './class-sums.ts';
import { asDiskError, inTemporaryFolder } from './temporary-folder.ts';
import { fileNamesOf, FileNameWriter } from './file-names.ts';
import { countByClass, FILES, identityOf, imageBytes, type Columns } from './format.ts';
import { openImageSet, verifyImageSet } from './open.ts';
import { arrangeImages, type DistinctImage, ShardWriter } from './shards.ts';

export interface PackedDescription {
  readonly name: string;
  /** Rows and columns of every image. */
  readonly size: number;
  /** A label is a position in this list. Classes without both a training and a held-out image are left out. */
  readonly classes: readonly string[];
  readonly groups: Readonly<Record<string, string>>;
  readonly source: string;
  /** With `drawn`, the `heldOut` of the images is ignored. */
  readonly heldOut: ImageSetIndex['heldOut'];
  /** It is read after the last image, so that the producer of the images can add to it. */
  readonly rejects: readonly Reject[];
}

export interface PackedImage {
  /** [3, size, size], red first. The producer may reuse the array for the next image. */
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly heldOut: boolean;
  /** Its file in what is imported, and its number where that has many images; absent: it comes from no file. */
  readonly file?: string;
  /** Rows or columns that its file has, whichever are fewer, where it was resized. */
  readonly side?: number;
  /** Why it is not all there, for a file that was taken although it is cut off. */
  readonly flaw?: Reject;
}

/**
 * Packs images into `<dataFolder>/<id>/` and returns the index and that folder, which appears only once it is complete.
 * A set that is there already is kept, with the new name, source, groups and file names; if it is damaged it is replaced.
 *
 * `measure` is called with the complete set before it is moved into its place.
 *
 * Of images with equal pixels one is kept: a held-out one rather than a training one, then the one of the first class.
 *
 * Throws a UserError if the disk is full or not writable, or if fewer than two classes can be trained on, and Cancelled
 * when aborted.
 */
export async function writePackedSet(
  dataFolder: string,
  description: PackedDescription,
  images: AsyncIterable<PackedImage> | Iterable<PackedImage>,
  options: { signal?: AbortSignal; measure?: (folder: string) => Promise<unknown> } = {},
): Promise<{ index: ImageSetIndex; folder: string }> {
  if (description.classes.length > 2 ** 16) throw new UserError(`${description.source} has more than 65,536 classes.`);
  try {
    return await inTemporaryFolder(dataFolder, async (temporary) => {
      const shards = new ShardWriter(temporary, description.size);
      const fileNames = new FileNameWriter(temporary);
      try {
        const { distinct, ...facts } = await writeImages({ shards, fileNames }, description, images, options.signal);
        const arranged = arrangeImages(distinct, description.classes, description.heldOut);
        const rejects = [...description.rejects, ...arranged.rejects];
        if (arranged.classes.length < 2) throw tooFewClasses(description.source, arranged.classes, rejects);
        const { classes, columns } = arranged;
        await fileNames.finish(arranged.fileNames);
        const kept = fileNamesOf(
          { folder: temporary, index: { count: columns.labels.length } },
          facts.acrossClasses.map(({ slot }) => columns.slots.indexOf(slot)),
        );
        const named = facts.acrossClasses.flatMap(({ file }, at) => (kept[at] ? [{ file, of: kept[at] }] : []));
        const index: ImageSetIndex = {
          id: identityOf(description.size, classes, columns, [columns.hashes]),
          name: description.name,
          size: description.size,
          classes,
          groups: groupsOf(description.groups, classes),
          count: columns.labels.length,
          trainCounts: countByClass(columns, classes.length, 0),
          heldOutCounts: countByClass(columns, classes.length, 1),
          shards: shards.shards,
          rejects,
          source: description.source,
          heldOut: description.heldOut,
          duplicates: facts.duplicates,
          copies: { ...facts.copies, ...(named.length > 0 ? { named } : {}) },
          sides: classes.map((name) => facts.sides[description.classes.indexOf(name)] ?? null),
          ...(facts.flaws.length > 0 ? { flaws: facts.flaws } : {}),
        };
        await writeColumns(temporary, columns);
        await writeWhole(join(temporary, FILES.index), JSON.stringify(index, null, 1));
        await sumClasses(temporary, options.signal);
        await options.measure?.(temporary);
        return await moveIntoPlace(dataFolder, temporary, index);
      } finally {
        await shards.close();
        await fileNames.close();
      }
    });
  } catch (error) {
    throw asDiskError(error, dataFolder);
  }
}

async function writeImages(
  { shards, fileNames }: { readonly shards: ShardWriter; readonly fileNames: FileNameWriter },
  description: PackedDescription,
  images: AsyncIterable<PackedImage> | Iterable<PackedImage>,
  signal?: AbortSignal,
): Promise<Written> {
  const byHash = new Map<string, DistinctImage>();
  const sides = new Sides(description.classes.length);
  const flaws: Reject[] = [];
  const copies = { parts: 0, classes: 0 };
  const acrossClasses: { slot: number; file: string }[] = [];
  const given = description.heldOut.kind === 'given';
  let duplicates = 0;
  for await (const { pixels, label, heldOut, file, side, flaw } of images) {
    if (signal?.aborted) throw new Cancelled();
    if (pixels.length !== imageBytes(description.size) || description.classes[label] === undefined)
      throw new RangeError(`image of ${pixels.length} bytes with label ${label}`);
    if (side !== undefined) sides.add(label, side);
    if (flaw !== undefined && flaws.length < MOST_FLAWS) flaws.push(flaw);
    const hash = hashOf('sha256', pixels, 'binary');
    const twin = byHash.get(hash);
    if (twin === undefined) {
      byHash.set(hash, { hash, label, heldOut, slot: byHash.size, fileName: await fileNames.write(file) });
      await shards.write(pixels);
      continue;
    }
    duplicates++;
    if (given && heldOut !== twin.heldOut) copies.parts++;
    if (label !== twin.label) copies.classes++;
    if (label !== twin.label && file !== undefined && acrossClasses.length < MOST_NAMED)
      acrossClasses.push({ slot: twin.slot, file: visibleLine(file) });
    if (given && heldOut !== twin.heldOut ? heldOut : label < twin.label)
      Object.assign(twin, { label, heldOut, fileName: await fileNames.write(file) });
  }
  if (signal?.aborted) throw new Cancelled();
  await shards.finish();
  return { distinct: [...byHash.values()], duplicates, copies, acrossClasses, sides: sides.means, flaws };
}

interface Written extends Pick<ImageSetIndex, 'duplicates'> {
  readonly distinct: DistinctImage[];
  readonly copies: NonNullable<ImageSetIndex['copies']>;
  /** Copies in another class, with the slot of the image that was kept. */
  readonly acrossClasses: readonly { readonly slot: number; readonly file: string }[];
  /** Of each class; undefined where its images were not resized. */
  readonly sides: readonly (number | undefined)[];
  readonly flaws: readonly Reject[];
}

/** Copies in another class that are named, at most. */
const MOST_NAMED = 20;

/** Files named as flawed, at most. */
const MOST_FLAWS = 1000;

/** Means of the shorter sides of the files of each class. */
class Sides {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;

  constructor(classes: number) {
    this.#sums = new Float64Array(classes);
    this.#counts = new Uint32Array(classes);
  }

  add(label: number, side: number): void {
    this.#sums[label] += side;
    this.#counts[label]++;
  }

  get means(): (number | undefined)[] {
    return Array.from(this.#sums, (sum, label) =>
      this.#counts[label] === 0 ? undefined : Math.round(sum / this.#counts[label]),
    );
  }
}

function groupsOf(groups: Readonly<Record<string, string>>, classes: readonly string[]): Record<string, string> {
  return Object.fromEntries(classes.filter((name) => Object.hasOwn(groups, name)).map((name) => [name, groups[name]]));
}

/** @param classes those that can be trained on, fewer than two */
export function tooFewClasses(source: string, classes: readonly string[], rejects: readonly Reject[]): UserError {
  const found = classes.length === 0 ? 'no class' : `only the class "${classes[0]}"`;
  const [first] = rejects;
  const why = first === undefined ? '' : ` (left out: ${first.file}: ${first.reason}${others(rejects.length - 1)})`;
  return new UserError(
    `${source} has ${found} with images both to train on and to hold out${why}; a study needs at least two classes, ` +
      `each with two images or more.`,
  );
}

function others(count: number): string {
  return count === 0 ? '' : `, and ${count} more`;
}

async function writeColumns(folder: string, columns: Columns): Promise<void> {
  await writeWhole(join(folder, FILES.labels), columns.labels);
  await writeWhole(join(folder, FILES.heldOut), columns.heldOut);
  await writeWhole(join(folder, FILES.slots), columns.slots);
  await writeWhole(join(folder, FILES.hashes), columns.hashes);
}

async function writeWhole(file: string, content: string | Uint8Array | Uint16Array | Uint32Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sumClasses(folder: string, signal?: AbortSignal): Promise<void> {
  const set = openImageSet(folder);
  try {
    if (signal?.aborted) throw new Cancelled();
    await writeClassSums(set, signal);
  } finally {
    set.close();
  }
}

async function moveIntoPlace(
  dataFolder: string,
  temporary: string,
  index: ImageSetIndex,
): Promise<{ index: ImageSetIndex; folder: string }> {
  const folder = join(dataFolder, index.id);
  if (existsSync(folder)) {
    const kept = await describeAnew(folder, index);
    if (kept !== undefined) {
      // Images have the same numbers in both, however they came.
      if (existsSync(join(temporary, FILES.fileNames)))
        await rename(join(temporary, FILES.fileNames), join(folder, FILES.fileNames));
      return { index: kept, folder };
    }
    await rm(folder, { recursive: true, force: true });
  }
  await rename(temporary, folder);
  return { index, folder };
}

/** Gives the set that is already in `folder` its new description and returns it; undefined if it is damaged. */
async function describeAnew(folder: string, index: ImageSetIndex): Promise<ImageSetIndex | undefined> {
  try {
    await verifyImageSet(folder);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const existing = openImageSet(folder);
  existing.close();
  // The shards stay as they are, because their images may be in another order. Known groups are kept.
  const merged = { ...index, shards: existing.index.shards, groups: { ...existing.index.groups, ...index.groups } };
  if (!isDeepStrictEqual(merged, existing.index))
    await writeFileAtomic(join(folder, FILES.index), JSON.stringify(merged, null, 1));
  return merged;
}
