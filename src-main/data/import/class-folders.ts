import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { decoders } from './decoders.ts';
import { GROUPS_FILE, readGroups } from './groups.ts';
import { DECODED_AT_ONCE, mapOrdered, type Importer, type Layout, type Rejects } from './importer.ts';
import { printable } from './names.ts';
import { classNames, findClasses } from './parts.ts';
import { readWhole } from './read.ts';
import { type OpenedFile, type Source, UnusableFile } from './source.ts';

/** Bytes of an image file, at most. A photograph straight from a camera has about a tenth of them. */
export const MOST_FILE_BYTES = 64 * 2 ** 20;

/** A folder of class folders, perhaps in parts (`train`, `val` ...), perhaps with a `groups.json`: whatever is nothing else. */
export const classFolders: Importer = { recognise: () => true, read };

async function read(source: Source, paths: readonly string[], rejects: Rejects): Promise<Layout> {
  const groupFiles = paths.filter((path) => basename(path) === GROUPS_FILE);
  const candidates = paths.filter((path) => basename(path) !== GROUPS_FILE);
  refuseCommonMistakes(source, candidates);
  const found = findClasses(candidates, rejects);
  const classes = classNames(source.path, paths.length, found.images);
  const labels = new Map(classes.map((name, label) => [name, label]));
  const wanted = new Map(found.images.map((image) => [image.path, image]));

  const decode = async (
    file: OpenedFile,
    bytes: Buffer | UnusableFile,
    size: number,
    signal?: AbortSignal,
  ): Promise<PackedImage | Reject> => {
    try {
      if (bytes instanceof UnusableFile) throw bytes;
      const { className, heldOut } = wanted.get(file.path)!;
      return { pixels: await decoders.decode(bytes, size, signal), label: labels.get(className)!, heldOut };
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      return { file: file.path, reason: error.message };
    }
  };
  return {
    classes,
    groups: await readGroups(source, nearestGroupsFile(groupFiles, found.around), classes, rejects),
    heldOutGiven: found.heldOutGiven,
    total: wanted.size,
    images: (size, signal) =>
      mapOrdered(readAll(source, new Set(wanted.keys())), DECODED_AT_ONCE, ({ file, bytes }) =>
        decode(file, bytes, size, signal),
      ),
  };
}

/** Reads files one after the other, as an archive gives one at a time. Only decoding is done in parallel. */
async function* readAll(
  source: Source,
  wanted: ReadonlySet<string>,
): AsyncGenerator<{ file: OpenedFile; bytes: Buffer | UnusableFile }> {
  for await (const file of source.read(wanted)) {
    const bytes = await readWhole(file, MOST_FILE_BYTES).catch((error: unknown) => {
      if (error instanceof UnusableFile) return error;
      throw error;
    });
    yield { file, bytes };
  }
}

/** The groups file in the innermost of the folders around the classes; undefined if none of them has one. */
function nearestGroupsFile(groupFiles: readonly string[], around: readonly string[]): string | undefined {
  for (let depth = around.length; depth >= 0; depth--) {
    const path = [...around.slice(0, depth), GROUPS_FILE].join('/');
    if (groupFiles.includes(path)) return path;
  }
  return undefined;
}

/**
 * Throws a UserError, with what to do instead, for common mistakes: CIFAR's Python version, a folder with an archive in
 * it.
 */
function refuseCommonMistakes(source: Source, paths: readonly string[]): void {
  const names = paths.map((path) => basename(path));
  if (
    names.includes('data_batch_1') ||
    names.includes('batches.meta') ||
    (names.includes('train') && names.includes('meta'))
  )
    throw new UserError(
      `${source.path} is the Python version of CIFAR, whose files are programs to run and not data to read: ` +
        `get the binary version (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz).`,
    );
  const archive = names.find((name) => /\.(zip|tar|tgz|tar\.gz)$/i.test(name));
  if (archive !== undefined && paths.length === 1)
    throw new UserError(`${source.path} holds only the archive ${printable(archive)}: import that file itself.`);
}
