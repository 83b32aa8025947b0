import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { decoders, packedOf } from './decoders.ts';
import { readGroups } from './groups.ts';
import { mapOrdered, type Importer, type Layout, type Wanted } from './importer.ts';
import type { Rejects } from './rejects.ts';
import { byCodeUnit, isJunk, printable } from './names.ts';
import { readTexts, readWhole } from './read.ts';
import { type OpenedFile, type Source, UnusableFile } from './source.ts';
import type { Answers } from './structure/choices.ts';
import { groupsFileOf, readStructure, type PlannedImage } from './structure/structure.ts';

/** Bytes of an image file, at most. A photograph straight from a camera has about a tenth of them. */
export const MOST_FILE_BYTES = 64 * 2 ** 20;

/**
 * Image files: in folders of classes, perhaps in parts (`train`, `val` ...), or labelled by a table or by their names; whatever
 * is nothing else. structure/ reads what is what.
 */
export const classFolders: Importer = { recognise: () => true, read };

async function read(source: Source, paths: readonly string[], rejects: Rejects, answers: Answers): Promise<Layout> {
  const structure = readStructure(source.files, await readTexts(source), answers);
  const { images, leftOut, notes, choices, open } = structure;
  for (const { path, files, reason, junk } of leftOut) {
    // A folder's reason says how many files it has; index.json has one line for it.
    const told =
      path.endsWith('/') && !/^\d/.test(reason) ? `${files} ${files === 1 ? 'file' : 'files'}: ${reason}` : reason;
    if (!junk)
      rejects.add(reason === 'hidden' ? { file: path.replace(/\/$/, ''), reason } : { file: path, reason: told });
  }
  const classes = [...new Set(images.map(({ className }) => className))].sort(byCodeUnit);
  const labels = new Map(classes.map((name, label) => [name, label]));
  const counts = classes.map(() => ({ train: 0, heldOut: 0 }));
  for (const { className, heldOut } of images) counts[labels.get(className)!][heldOut ? 'heldOut' : 'train']++;
  const given = await readGroups(source, groupsFileOf(new Set(paths), structure.around), classes, rejects);
  return {
    kind: 'image files',
    labels: structure.labels,
    ...{ planned: images, classes, counts, leftOut, notes, choices, open },
    problem: problemOf(source, structure.nothing),
    groups: { ...structure.groups, ...given },
    heldOutGiven: structure.heldOutGiven,
    total: images.length,
    images: (wanted, signal) => {
      const some = new Map(sampled(images, wanted.perClass).map((image) => [image.path, image]));
      return mapOrdered(
        readAll(source, new Set(some.keys())),
        ({ file, bytes }) => {
          const { className, heldOut } = some.get(file.path)!;
          return decode(file, bytes, { label: labels.get(className)!, heldOut }, wanted, signal);
        },
        ({ file, bytes }) => 3 * wanted.size ** 2 + (Buffer.isBuffer(bytes) ? file.bytes : 0),
      );
    },
  };
}

async function decode(
  file: OpenedFile,
  bytes: Buffer | string | UnusableFile,
  image: Pick<PackedImage, 'label' | 'heldOut'>,
  { size, fit }: Wanted,
  signal?: AbortSignal,
): Promise<PackedImage | Reject> {
  try {
    if (bytes instanceof UnusableFile) throw bytes;
    return { ...packedOf(await decoders.decode(bytes, { size, fit }, signal), file.path), ...image };
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    return { file: file.path, reason: error.message };
  }
}

/** The first images of each class: training images, and held-out ones of a class that has no others. */
function sampled(images: readonly PlannedImage[], perClass: number | undefined): readonly PlannedImage[] {
  if (perClass === undefined) return images;
  const left = new Map<string, number>();
  return [...images]
    .sort((a, b) => Number(a.heldOut) - Number(b.heldOut))
    .filter(({ className }) => {
      const more = left.get(className) ?? perClass;
      left.set(className, more - 1);
      return more > 0;
    });
}

/** Bytes of a file that who decodes it reads at once; of a larger one there would be several copies. */
const SMALL_FILE = 2 ** 16;

/**
 * Reads files one after the other, as an archive gives one at a time. Only decoding is done in parallel, and reading small files of the
 * disk, for which their paths stand.
 */
async function* readAll(
  source: Source,
  wanted: ReadonlySet<string>,
): AsyncGenerator<{ file: OpenedFile; bytes: Buffer | string | UnusableFile }> {
  for await (const file of source.read(wanted)) {
    if (file.place !== undefined && file.bytes <= SMALL_FILE) {
      yield { file, bytes: file.place };
      continue;
    }
    const bytes = await readWhole(file, MOST_FILE_BYTES).catch((error: unknown) => {
      if (error instanceof UnusableFile) return error;
      throw error;
    });
    yield { file, bytes };
  }
}

function problemOf(source: Source, nothing: string | undefined): string | undefined {
  if (nothing === undefined) return undefined;
  const [archive, ...others] = source.files.filter(({ path }) => /\.(zip|tar|tgz|gz|bz2|xz|zst|7z|rar)$/i.test(path));
  if (archive !== undefined && others.length === 0 && source.files.length === 1)
    return `${source.path} holds only the archive ${printable(archive.path)}: import that file itself.`;
  const [first] = source.rejects.filter(({ file }) => !isJunk(file));
  if (first !== undefined && /but no images$/.test(nothing))
    return `${source.path} ${printable(nothing)}: ${printable(first.file)} is left out (${printable(first.reason)}).`;
  if (/^is a/.test(nothing)) return `${source.path} ${printable(nothing)}.`;
  return (
    `${source.path} ${printable(nothing)}; at least two classes are needed: put the images of each class into a folder of its own, ` +
    `or beside them a table labels.csv with a column for the file and one for the class.`
  );
}
