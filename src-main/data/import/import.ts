import { basename } from 'node:path';
import { counted } from '../../common/numbers.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { healthOf } from '../health/health.ts';
import type { ImageSetIndex, Reject } from '../image-set.ts';
import { classLeftOut, reasonLeftOut } from '../packed/shards.ts';
import { tooFewClasses, writePackedSet, type PackedImage } from '../packed/write.ts';
import { cifar } from './cifar.ts';
import { cifarPython } from './cifar-python.ts';
import { classFolders } from './class-folders.ts';
import { idx } from './idx.ts';
import type { ImportChoice, ImportReading } from '../../common/contract/import-reading.ts';
import { FITS, type Fit, type Importer, type Layout } from './importer.ts';
import { Rejects } from './rejects.ts';
import { hiddenPart, printable, isJunk } from './names.ts';
import { npz } from './npz.ts';
import { openSource } from './open.ts';
import { parquet } from './parquet.ts';
import type { Listing, Source } from './source.ts';
import { stl10 } from './stl10.ts';
import { webDataset } from './web-dataset.ts';
import { treeLines } from './tree-lines.ts';
import { listed, stopped, type Answers, type Choice } from './structure/choices.ts';
import type { LeftOut } from './structure/structure.ts';

/** The first that recognises a source reads it; class folders are what is nothing else. */
const IMPORTERS: readonly Importer[] = [cifar, cifarPython, stl10, idx, npz, parquet, webDataset, classFolders];

export interface ReadingOptions {
  readonly path: string;
  readonly answers?: Answers;
  /** What an earlier reading found in the archive. */
  readonly listing?: Listing;
  /** The first `perClass` images of the first `classes` classes, `size` pixels wide. */
  readonly pictures?: { readonly classes: number; readonly perClass: number; readonly size: number };
  readonly signal?: AbortSignal;
}

export interface ReadingWithPictures {
  readonly reading: ImportReading;
  /** [classes, perClass, size, size, 3]; missing pictures are grey. */
  readonly pixels?: Uint8Array;
  /** Spares the next reading of an archive to look for what is in it. */
  readonly listing?: Listing;
}

export interface ImportOptions {
  /** A folder or an archive. */
  readonly path: string;
  /** Rows and columns to store images at. */
  readonly size: number;
  /** What a person chose where a set can be read in more than one way (`readImport` says what can be chosen). */
  readonly answers?: Answers;
  /** What `readImport` found in the archive. */
  readonly listing?: Listing;
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
  const {
    path,
    size,
    answers = {},
    listing,
    dataFolder,
    heldOutFraction: fraction = 0.2,
    seed = 1,
    signal,
    onProgress,
  } = options;
  if (!Number.isInteger(size) || size < 1 || size > 2048)
    throw new UserError(`The image size must be a whole number of pixels from 1 to 2048, not ${size}.`, {
      usage: true,
    });
  if (!(fraction > 0 && fraction < 1))
    throw new UserError(`The held-out part must be between 0 and 1 of each class, not ${fraction}.`, { usage: true });
  if (signal?.aborted) throw new Cancelled();
  const { fit, names, structure } = parted(answers);
  const source = await openSource(path, { signal, names, listing });
  const rejects = new Rejects();
  const layout = await layoutOf(source, rejects, structure);
  refuse(source.path, layout);
  const description = {
    name:
      options.name ??
      printable(basename(source.path).replace(/\.(zip|tgz|tar|tar\.(gz|bz2|xz|zst)|npz|parquet)$/i, '')),
    size,
    classes: layout.classes,
    groups: layout.groups,
    source: options.source ?? source.path,
    heldOut: layout.heldOutGiven ? ({ kind: 'given' } as const) : ({ kind: 'drawn', seed, fraction } as const),
    rejects: rejects.list,
  };
  const images = withProgress(layout, { size, fit, signal, rejects, onProgress });
  return writePackedSet(dataFolder, description, images, { signal, measure: (folder) => healthOf(folder, signal) });
}

/** How a source is read, by the first importer that recognises it. Throws a UserError for a source without files. */
async function layoutOf(source: Source, rejects: Rejects, answers: Answers): Promise<Layout> {
  for (const reject of source.rejects) if (!isJunk(reject.file)) rejects.add(reject);
  const paths = source.files.map(({ path }) => path).filter((path) => hiddenPart(path) === undefined && !isJunk(path));
  const [first] = source.rejects.filter(({ file }) => !isJunk(file));
  if (paths.length === 0 && first !== undefined)
    throw new UserError(
      `${source.path} holds nothing that can be read: ${printable(first.file)} is ${printable(first.reason)}${source.rejects.length > 1 ? ` (one of ${counted(source.rejects.length, 'entry', 'entries')})` : ''}. Unpack it with another program and import the folder.`,
    );
  if (paths.length === 0)
    throw new UserError(
      `${source.path} holds no files: name a folder or an archive that has a folder of images for each class.`,
    );
  return IMPORTERS.find((importer) => importer.recognise(paths))!.read(source, paths, rejects, answers);
}

/** Throws a UserError where there is nothing to import, or not before a choice is made. */
function refuse(source: string, { open, problem }: Layout): void {
  if (problem !== undefined) throw new UserError(problem);
  if (open !== undefined) throw new UserError(stopped(source, open), { usage: true });
}

/** All that is left out: what the layout says, and what was found to be unusable besides, as links in an archive. */
function allLeftOut({ leftOut = [] }: Layout, rejects: Rejects): LeftOut[] {
  const told = new Set(leftOut.map(({ path }) => path.replace(/\/$/, '')));
  const others = rejects.list.filter(({ file }) => !told.has(file.replace(/\/$/, '')));
  return [...leftOut, ...others.map(({ file, reason }) => ({ path: file, files: 1, reason }))];
}

/** Classes that will be left out as far as counts tell: copies and damaged files are found later. */
function hopeless({ classes, counts = [], heldOutGiven }: Layout): (Reject & { readonly images: number })[] {
  return counts.flatMap(({ train, heldOut }, label) => {
    const images = train + heldOut;
    const reason = reasonLeftOut(images, heldOutGiven ? heldOut : Math.min(1, images - 1));
    return reason === undefined ? [] : [{ ...classLeftOut(classes[label], reason), images }];
  });
}

/** Why a set can't be imported of which too few classes are left; undefined where there are enough, or that is not known yet. */
function tooFew(source: string, layout: Layout): string | undefined {
  if (layout.counts === undefined || layout.open !== undefined || layout.problem !== undefined) return undefined;
  const out = hopeless(layout);
  const kept = layout.classes.filter((name) => !out.some(({ file }) => file === `${name}/`));
  return kept.length < 2 ? tooFewClasses(source, kept, out).message : undefined;
}

/** Left-out files that a reading names, at most; an import's index has more. */
const MOST_LEFT_OUT = 300;

/**
 * Reads what an import of this source would do, without doing it, and the first pictures of each class. Throws what
 * `importImages` throws, except for a set that can't be imported yet: the reading has the question, or the problem.
 */
export async function readImport({
  path,
  answers = {},
  listing,
  pictures,
  signal,
}: ReadingOptions): Promise<ReadingWithPictures> {
  if (signal?.aborted) throw new Cancelled();
  const { fit, names, structure } = parted(answers);
  const source = await openSource(path, { signal, names, listing });
  const rejects = new Rejects();
  const layout = await layoutOf(source, rejects, structure);
  const classesLeftOut = hopeless(layout);
  const leftOut = [
    ...allLeftOut(layout, rejects),
    ...classesLeftOut.map(({ file, reason, images }) => ({ path: file, files: images, reason })),
  ];
  const reading: ImportReading = {
    kind: layout.kind,
    labels: printable(layout.labels),
    classes: layout.classes.map((name, label) => ({
      name,
      train: layout.counts?.[label].train ?? null,
      heldOut: layout.counts?.[label].heldOut ?? null,
    })),
    heldOutGiven: layout.heldOutGiven,
    images: layout.total,
    leftOut: [...leftOut]
      .sort((a, b) => b.files - a.files)
      .slice(0, MOST_LEFT_OUT)
      .map(({ path, files, reason }) => ({ path: printable(path), files, reason: printable(reason) })),
    tree: treeLines(source.files, layout.planned ?? []),
    notes: [tooFew(source.path, layout) ?? [], layout.notes ?? []].flat().map(printable),
    choices: [...(source.names ? [source.names] : []), ...(layout.choices ?? []), fitChoice(fit)].map(shown),
    problem: layout.problem ?? (layout.open ? stopped(source.path, layout.open) : null),
  };
  const pixels = pictures && reading.problem === null ? await samples(layout, { ...pictures, fit }, signal) : undefined;
  return { reading, pixels, listing: source.listing };
}

const shown = ({ chosen, free = false, question, options, ...choice }: Choice): ImportChoice => {
  return { ...choice, chosen: chosen ?? null, free, question: printable(question), options: [...options] };
};

const fitChoice = (fit: Fit): Choice => ({
  id: 'fit',
  question: 'Images that are not square are made square.',
  options: [
    { value: 'crop', says: 'their middle is cut out' },
    { value: 'pad', says: 'they get white margins' },
    { value: 'squeeze', says: 'they are squeezed' },
  ],
  ...{ chosen: fit, said: false, flag: '--fit ' },
});

/** The choices of a set's structure, and how its images are made square. Throws a UserError for an unknown way. */
function parted({ fit = 'crop', names, ...structure }: Answers): { fit: Fit; names?: string; structure: Answers } {
  const known = FITS.find((one) => one === fit);
  if (known === undefined)
    throw new UserError(`"${fit}" is no way to make images square; use ${listed(FITS)}.`, { usage: true });
  return { fit: known, names, structure };
}

/** The first pictures of the first classes, [classes, perClass, size, size, 3]; missing ones are grey. */
async function samples(
  layout: Layout,
  { classes, perClass, size, fit }: { classes: number; perClass: number; size: number; fit: Fit },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const wanted = Math.min(classes, layout.classes.length);
  const area = size * size;
  const pictures = new Uint8Array(wanted * perClass * area * 3).fill(128);
  const have = new Array<number>(wanted).fill(0);
  let left = wanted * perClass;
  let looked = 0;
  for await (const image of layout.images({ size, fit, perClass }, signal)) {
    if (signal?.aborted) throw new Cancelled();
    if (left === 0 || ++looked > MOST_LOOKED_AT) break;
    if ('reason' in image || image.label >= wanted || have[image.label] === perClass) continue;
    const at = (image.label * perClass + have[image.label]++) * area * 3;
    for (let pixel = 0; pixel < area; pixel++)
      for (let channel = 0; channel < 3; channel++)
        pictures[at + 3 * pixel + channel] = image.pixels[channel * area + pixel];
    left--;
  }
  return pictures;
}

/** Images that are read for samples, at most: where classes stand one after the other, the last may have none. */
const MOST_LOOKED_AT = 5000;

async function* withProgress(
  layout: Layout,
  {
    size,
    fit,
    signal,
    rejects,
    onProgress,
  }: Pick<ImportOptions, 'size' | 'signal' | 'onProgress'> & { rejects: Rejects; fit: Fit },
): AsyncGenerator<PackedImage> {
  const report = (done: number) => onProgress?.({ done, total: layout.total, rejected: rejects.count });
  let done = 0;
  report(done);
  for await (const item of layout.images({ size, fit }, signal)) {
    if ('reason' in item) rejects.add(item);
    else yield item;
    report(++done);
  }
}
