import { basename } from 'node:path';
import { Cancelled, UserError } from '../../errors.ts';
import type { ImageSetIndex } from '../image-set.ts';
import { writePackedSet, type PackedImage } from '../packed/write.ts';
import { cifar } from './cifar.ts';
import { classFolders } from './class-folders.ts';
import { idx } from './idx.ts';
import { Rejects, type Importer, type Layout } from './importer.ts';
import { hiddenPart, printable, isJunk } from './names.ts';
import { openSource } from './open.ts';
import type { Source } from './source.ts';

/** The first that recognises a source reads it; class folders are what is nothing else. */
const IMPORTERS: readonly Importer[] = [cifar, idx, classFolders];

export interface ImportOptions {
  /** A folder or an archive. */
  readonly path: string;
  /** Rows and columns to store images at. */
  readonly size: number;
  /** Absent: the name of the folder or archive. */
  readonly name?: string;
  /** What the set's index names as its source. Absent: the path. */
  readonly source?: string;
  /** The folder of all image sets; the new one becomes a folder in it. */
  readonly dataFolder: string;
  /** Fraction of each class that is held out if the source has no held-out part. Default 0.2. */
  readonly heldOutFraction?: number;
  /** Seed of that draw. Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { done: number; total?: number; rejected: number }) => void;
}

/**
 * Imports images from class folders (with or without parts), CIFAR-10 and CIFAR-100 binary files or IDX files, each as
 * a folder, zip or tar(.gz). Files that can't be used are listed in the index with the reason. The same images give the
 * same id.
 *
 * Throws a UserError that says what to do, or Cancelled. In both cases the data folder is left as it was.
 */
export async function importImages(options: ImportOptions): Promise<{ index: ImageSetIndex; folder: string }> {
  const { path, size, dataFolder, heldOutFraction: fraction = 0.2, seed = 1, signal, onProgress } = options;
  if (!Number.isInteger(size) || size < 1 || size > 2048)
    throw new UserError(`The image size must be a whole number of pixels from 1 to 2048, not ${size}.`, {
      usage: true,
    });
  if (!(fraction > 0 && fraction < 1))
    throw new UserError(`The held-out part must be between 0 and 1 of each class, not ${fraction}.`, { usage: true });
  if (signal?.aborted) throw new Cancelled();
  const source = await openSource(path, signal);
  const rejects = new Rejects();
  const layout = await layoutOf(source, rejects);
  const description = {
    name: options.name ?? printable(basename(source.path).replace(/\.(zip|tgz|tar|tar\.gz)$/i, '')),
    size,
    classes: layout.classes,
    groups: layout.groups,
    source: options.source ?? source.path,
    heldOut: layout.heldOutGiven ? ({ kind: 'given' } as const) : ({ kind: 'drawn', seed, fraction } as const),
    rejects: rejects.list,
  };
  const images = withProgress(layout, { size, signal, rejects, onProgress });
  return writePackedSet(dataFolder, description, images, { signal });
}

async function layoutOf(source: Source, rejects: Rejects): Promise<Layout> {
  for (const reject of source.rejects) if (!isJunk(reject.file)) rejects.add(reject);
  const hidden = new Set<string>();
  const paths = source.files.flatMap(({ path }) => {
    const part = hiddenPart(path);
    if (part !== undefined && !isJunk(path)) hidden.add(part);
    return part !== undefined || isJunk(path) ? [] : [path];
  });
  for (const part of hidden) rejects.add({ file: part, reason: 'hidden' });
  if (paths.length === 0)
    throw new UserError(
      `${source.path} holds no files: name a folder or an archive that has a folder of images for each class.`,
    );
  return IMPORTERS.find((importer) => importer.recognise(paths))!.read(source, paths, rejects);
}

async function* withProgress(
  layout: Layout,
  { size, signal, rejects, onProgress }: Pick<ImportOptions, 'size' | 'signal' | 'onProgress'> & { rejects: Rejects },
): AsyncGenerator<PackedImage> {
  const report = (done: number) => onProgress?.({ done, total: layout.total, rejected: rejects.count });
  let done = 0;
  report(done);
  for await (const item of layout.images(size, signal)) {
    if ('reason' in item) rejects.add(item);
    else yield item;
    report(++done);
  }
}
