import type { SourceFile } from '../source.ts';
import { byCodeUnit } from '../names.ts';

/** Texts that may say what images show, by path. */
export type Texts = ReadonlyMap<string, string>;

/** Endings of images, of all kinds that are read or that a person would call images. */
const IMAGE =
  /\.(jpe?g|jpe|jfif|jif|png|apng|webp|gif|tiff?|avif|bmp|dib|ppm|pgm|pbm|pnm|jp2|j2k|jpx|jpf|j2c|heic|heif|mpo|dcm|dng|cr2|nef|arw|psd|jxl|ico|tga)$/i;
/** Endings of what certainly is none. */
const OTHER =
  /\.(txt|csv|tsv|json|jsonl|ndjson|xml|html?|md|rst|pdf|docx?|xlsx?|ya?ml|toml|ini|cfg|log|py|pyc|ipynb|m|r|sh|bat|js|css|db|sqlite|mat|npy|npz|h5|hdf5|pkl|pickle|pt|pth|parquet|arrow|tfrecords?|zip|tar|gz|tgz|bz2|xz|zst|7z|rar|svg|mp4|avi|mov|mp3|wav|license|gitignore|names|data|weights|lnk|url|crdownload|part|tmp)$/i;

/** Deeper than any set; what is below is left out, so that a hostile archive can't exhaust the stack. */
export const MOST_DEEP = 64;

/** A folder with what is below it. */
export interface Folder {
  readonly name: string;
  /** Empty for the top. */
  readonly path: string;
  readonly images: SourceFile[];
  /** Files that are no images. */
  readonly others: SourceFile[];
  readonly folders: Folder[];
  /** Images here and below. */
  total: number;
  /** Files of all kinds here and below. */
  files: number;
}

/**
 * The tree of these files, sorted by name. A file of unknown kind counts as an image where no file of the set has an
 * image's ending, and in folders that have images.
 */
export function treeOf(files: readonly SourceFile[]): Folder {
  const top = newFolder('', '');
  const byPath = new Map([['', top]]);
  const anyImage = files.some(({ path }) => IMAGE.test(path));
  const unknown: [SourceFile, Folder][] = [];
  for (const file of files) {
    const folder = folderOf(byPath, file.path.slice(0, Math.max(0, file.path.lastIndexOf('/'))));
    if (IMAGE.test(file.path)) folder.images.push(file);
    else if (OTHER.test(file.path)) folder.others.push(file);
    else unknown.push([file, folder]);
  }
  for (const [file, folder] of unknown)
    (!anyImage || folder.images.length > 0 ? folder.images : folder.others).push(file);
  count(top);
  return top;
}

const newFolder = (name: string, path: string): Folder => {
  return { name, path, images: [], others: [], folders: [], total: 0, files: 0 };
};

function folderOf(byPath: Map<string, Folder>, path: string): Folder {
  const known = byPath.get(path);
  if (known !== undefined) return known;
  const slash = path.lastIndexOf('/');
  const parent = folderOf(byPath, path.slice(0, Math.max(0, slash)));
  const folder = newFolder(path.slice(slash + 1), path);
  parent.folders.push(folder);
  byPath.set(path, folder);
  return folder;
}

function count(folder: Folder): void {
  folder.folders.sort((a, b) => byCodeUnit(a.name, b.name));
  folder.folders.forEach(count);
  folder.total = folder.folders.reduce((sum, { total }) => sum + total, folder.images.length);
  folder.files = folder.folders.reduce((sum, { files }) => sum + files, folder.images.length + folder.others.length);
}

/** The folders in a folder that have images. */
export const live = (folder: Folder): Folder[] => folder.folders.filter(({ total }) => total > 0);

/** The folder below those that only wrap. */
export function unwrapped(folder: Folder): Folder {
  for (let at = folder; ;) {
    const inner = live(at);
    if (at.images.length > 0 || inner.length !== 1 || live(inner[0]).length === 0) return at;
    at = inner[0];
  }
}

/** All images of a folder, at any depth. */
export function imagesBelow(folder: Folder): SourceFile[] {
  return [...folder.images, ...folder.folders.flatMap(imagesBelow)];
}

/** All other files of a folder, at any depth. */
export function othersBelow(folder: Folder): SourceFile[] {
  return [...folder.others, ...folder.folders.flatMap(othersBelow)];
}

/** Why a folder without images is left out. What no ending tells may be one all the same, and a person should know. */
export function whyNoImages(folder: Folder): string {
  const strange = othersBelow(folder).find(({ path }) => !OTHER.test(path));
  if (strange === undefined) return 'no images in it';
  return `no file in it has the ending of an image (such as ${strange.path.slice(strange.path.lastIndexOf('/') + 1)})`;
}
