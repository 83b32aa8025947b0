import { UserError } from '../../errors.ts';
import { byCodeUnit, className } from './names.ts';
import type { Rejects } from './importer.ts';

const TRAINING = ['train', 'training'];

/** Names of held-out parts, the preferred first: the test part of a published set often has no labels. */
const HELD_OUT = ['val', 'valid', 'validation', 'test', 'testing'];

/** The path of a file: the folders above it, the outermost first, and its own name. */
type Segments = readonly string[];

export interface FoundImage {
  readonly path: string;
  readonly className: string;
  readonly heldOut: boolean;
}

export interface FoundClasses {
  readonly images: readonly FoundImage[];
  readonly heldOutGiven: boolean;
  /** The folders around the class folders, the innermost last. */
  readonly around: readonly string[];
}

/**
 * Finds the class folders among the paths of files. They are below folders that only wrap everything else, and below
 * the parts of a divided set (`train`, `val` ...). A file belongs to the class folder that it is in, at any depth.
 */
export function findClasses(paths: readonly string[], rejects: Rejects): FoundClasses {
  const files = paths.map((path) => path.split('/'));
  const depth = wrappingDepth(files);
  const around = files.find((file) => file.length > depth + 1)?.slice(0, depth) ?? [];
  const inside = files.filter((file) => file.length > depth + 1 || rejectLoose(file, rejects));
  const byFolder = Map.groupBy(inside, (file) => file[depth]);
  const training = [...byFolder.keys()].find(
    (name) => isPart(TRAINING, name) && hasFolders(byFolder.get(name)!, depth),
  );
  if (training === undefined) return { images: imagesOf(inside, depth, false), heldOutGiven: false, around };

  const trained = inClassFolders(byFolder.get(training)!, depth + 1, rejects);
  const heldOut = chooseHeldOut(byFolder, depth, new Set(trained.map((file) => file[depth + 1])));
  const from = [...around, training].join('/');
  for (const [name, others] of byFolder)
    if (name !== training && name !== heldOut)
      rejects.add({ file: `${[...around, name].join('/')}/`, reason: reasonLeftOut(name, others.length, heldOut) });
  const images = imagesOf(trained, depth + 1, false);
  if (heldOut !== undefined)
    images.push(...imagesOf(inClassFolders(byFolder.get(heldOut)!, depth + 1, rejects), depth + 1, true));
  return { images, heldOutGiven: heldOut !== undefined, around: from.split('/') };
}

/** How many folders wrap everything: a folder does if it is the only one of its level and has folders in it. */
function wrappingDepth(files: readonly Segments[]): number {
  for (let depth = 0; ; depth++) {
    const inside = files.filter((file) => file.length > depth + 1);
    const names = new Set(inside.map((file) => file[depth]));
    if (names.size !== 1 || !hasFolders(inside, depth)) return depth;
  }
}

function hasFolders(files: readonly Segments[], depth: number): boolean {
  return files.some((file) => file.length > depth + 2);
}

function isPart(names: readonly string[], name: string): boolean {
  return names.includes(name.toLowerCase());
}

/** Rejects a file that is in no class folder. Returns false, for use in a filter. */
function rejectLoose(file: Segments, rejects: Rejects): boolean {
  rejects.add({ file: file.join('/'), reason: 'not in a class folder' });
  return false;
}

/** The files of a part that are in class folders; the others are rejected. */
function inClassFolders(files: readonly Segments[], depth: number, rejects: Rejects): Segments[] {
  return files.filter((file) => file.length > depth + 1 || rejectLoose(file, rejects));
}

/** The preferred held-out part among those that have a class in common with the training part. */
function chooseHeldOut(
  byFolder: ReadonlyMap<string, readonly Segments[]>,
  depth: number,
  trained: ReadonlySet<string>,
): string | undefined {
  return [...byFolder.keys()]
    .filter((name) => isPart(HELD_OUT, name))
    .filter((name) => byFolder.get(name)!.some((file) => file.length > depth + 2 && trained.has(file[depth + 1])))
    .sort((a, b) => HELD_OUT.indexOf(a.toLowerCase()) - HELD_OUT.indexOf(b.toLowerCase()))[0];
}

function reasonLeftOut(name: string, files: number, heldOut: string | undefined): string {
  if (!isPart(HELD_OUT, name)) return `${files} files beside the parts of the set`;
  if (heldOut === undefined) return `${files} files, none in a folder named like a class of the training part`;
  return `${files} files, because ${heldOut} is taken as the held-out part`;
}

function imagesOf(files: readonly Segments[], depth: number, heldOut: boolean): FoundImage[] {
  return files.map((file) => ({ path: file.join('/'), className: className(file[depth]), heldOut }));
}

/** The names of the classes, sorted. Throws a UserError if there are fewer than two. */
export function classNames(source: string, files: number, images: readonly FoundImage[]): string[] {
  const names = [...new Set(images.map(({ className }) => className))].sort(byCodeUnit);
  if (names.length >= 2) return names;
  const found = names.length === 0 ? `${files} files but no class folder` : `only one class folder, "${names[0]}"`;
  throw new UserError(
    `${source} has ${found}; at least two are needed: put the images of each class into a folder of its own.`,
  );
}
