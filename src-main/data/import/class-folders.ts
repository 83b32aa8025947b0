import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { decodeImage, MOST_FILE_BYTES } from './decode.ts';
import { GROUPS_FILE, readGroups } from './groups.ts';
import { AT_ONCE, mapOrdered, type Importer, type Layout, type Rejects } from './importer.ts';
import { printable } from './names.ts';
import { classNames, findClasses } from './parts.ts';
import { readWhole } from './read.ts';
import { Unusable, type OpenedFile, type Source } from './source.ts';

/** A folder of class folders, perhaps in parts (`train`, `val` ...), perhaps with a `groups.json`: whatever is nothing else. */
export const classFolders: Importer = { recognise: () => true, read };

async function read(source: Source, paths: readonly string[], rejects: Rejects): Promise<Layout> {
  const groupFiles = paths.filter((path) => basename(path) === GROUPS_FILE);
  const candidates = paths.filter((path) => basename(path) !== GROUPS_FILE);
  refuseKnownStrangers(source, candidates);
  const found = findClasses(candidates, rejects);
  const classes = classNames(source.path, paths.length, found.images);
  const labels = new Map(classes.map((name, label) => [name, label]));
  const wanted = new Map(found.images.map((image) => [image.path, image]));

  const decode = async (file: OpenedFile, bytes: Buffer | Unusable, size: number): Promise<PackedImage | Reject> => {
    try {
      if (bytes instanceof Unusable) throw bytes;
      const { className, heldOut } = wanted.get(file.path)!;
      return { pixels: await decodeImage(bytes, size), label: labels.get(className)!, heldOut };
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      return { file: file.path, reason: error.message };
    }
  };
  return {
    classes,
    groups: await readGroups(source, beside(groupFiles, found.around), classes, rejects),
    heldOutGiven: found.heldOutGiven,
    total: wanted.size,
    images: (size) =>
      mapOrdered(readAll(source, new Set(wanted.keys())), AT_ONCE, ({ file, bytes }) => decode(file, bytes, size)),
  };
}

/** Reads in the source's order, as an archive gives one file at a time; only decoding is done side by side. */
async function* readAll(
  source: Source,
  wanted: ReadonlySet<string>,
): AsyncGenerator<{ file: OpenedFile; bytes: Buffer | Unusable }> {
  for await (const file of source.read(wanted)) {
    const bytes = await readWhole(file, MOST_FILE_BYTES).catch((error: unknown) => {
      if (error instanceof Unusable) return error;
      throw error;
    });
    yield { file, bytes };
  }
}

/** The groups file that stands nearest to the classes, in the folders around them. */
function beside(groupFiles: readonly string[], around: readonly string[]): string | undefined {
  for (let depth = around.length; depth >= 0; depth--) {
    const path = [...around.slice(0, depth), GROUPS_FILE].join('/');
    if (groupFiles.includes(path)) return path;
  }
  return undefined;
}

/** Things that people have and that are not images, with the way out. */
function refuseKnownStrangers(source: Source, paths: readonly string[]): void {
  const names = paths.map((path) => basename(path));
  if (
    names.includes('data_batch_1') ||
    names.includes('batches.meta') ||
    (names.includes('train') && names.includes('meta'))
  )
    throw new UserError(
      `${source.path} is CIFAR in its Python version, which is a program to run and not data to read: ` +
        `get the binary version of it (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz).`,
    );
  const archive = names.find((name) => /\.(zip|tar|tgz|tar\.gz)$/i.test(name));
  if (archive !== undefined && paths.length === 1)
    throw new UserError(`${source.path} holds nothing but the archive ${printable(archive)}: import that file itself.`);
}
