import { NETWORK_FILE } from '../../src-main/common/choices.ts';
import { uploadText } from '../text/upload.ts';
import type { TarEntry } from './tar.ts';

/** What a person dropped or chose, as far as a page may see it. The name is for the image set. */
export type Dropped =
  { readonly name: string; readonly files: readonly TarEntry[] } | { readonly name: string; readonly archive: File };

/** A page keeps an object for each file. */
export const MOST_FILES = 300_000;

/** The set's name where several things were dropped. */
const SEVERAL = 'images';

/** Whether files are dragged, and not, say, a class from one half to the other. */
export const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

interface Options {
  readonly signal?: AbortSignal;
  /** How many files were found so far. */
  readonly onFound?: (files: number) => void;
}

/**
 * The files of a drop: one archive as it is, or folders with all that is in them. Call it in the event itself: a browser
 * shows what was dropped only then. Errors: an Error with a sentence; the signal's reason.
 */
export async function droppedFiles({ items, files }: DataTransfer, options: Options = {}): Promise<Dropped> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  // Files dragged out of another program, not from a disk, have bytes but no entry.
  if (entries.length === 0) return chosenFiles(files);
  const [only] = entries;
  if (entries.length === 1 && isFile(only)) return asDropped(await fileOf(only));
  return { name: entries.length === 1 ? only.name : SEVERAL, files: await filesBelow(entries, options) };
}

/** The files that were chosen with `<input type="file">`; a whole folder with `webkitdirectory`. Errors: as above. */
export async function chosenFiles(chosen: ArrayLike<File>): Promise<Dropped> {
  const files = Array.from(chosen);
  const [only] = files;
  if (!only) throw new Error(uploadText.nothing);
  if (files.length > MOST_FILES) throw new Error(uploadText.tooMany(MOST_FILES));
  if (files.length === 1 && !only.webkitRelativePath) return asDropped(only);
  const folder = only.webkitRelativePath.split('/')[0];
  return {
    name: folder || SEVERAL,
    files: files.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
  };
}

/** A file on its own is an archive if it begins like one; any other is told by main what it is not. */
async function asDropped(file: File): Promise<Dropped> {
  if (NETWORK_FILE.test(file.name)) throw new Error(uploadText.network(file.name));
  const head = new Uint8Array(await file.slice(0, 264).arrayBuffer());
  const text = String.fromCharCode(...head);
  const archive = text.startsWith('PK') || text.startsWith('\u001f\u008b') || text.slice(257, 262) === 'ustar';
  const named = /\.(zip|tar|tgz|tar\.gz|transplant)$/i.test(file.name);
  return archive || named
    ? { name: file.name, archive: file }
    : { name: file.name, files: [{ path: file.name, file }] };
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** All files in these and in the folders below, each with its path from here. */
async function filesBelow(entries: readonly FileSystemEntry[], { signal, onFound }: Options): Promise<TarEntry[]> {
  const found: TarEntry[] = [];
  const folders: FileSystemDirectoryEntry[] = [];
  const add = async (some: readonly FileSystemEntry[]) => {
    folders.push(...some.filter(isFolder));
    const files = some.filter(isFile);
    if (found.length + files.length > MOST_FILES) throw new Error(uploadText.tooMany(MOST_FILES));
    found.push(
      ...(await Promise.all(files.map(async (entry) => ({ path: pathOf(entry), file: await fileOf(entry) })))),
    );
    signal?.throwIfAborted();
    onFound?.(found.length);
  };
  await add(entries);
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const reader = folder.createReader();
    // Browsers give a hundred or so at a time, and an empty list at the end.
    for (let some = await nextEntries(reader, folder); some.length > 0; some = await nextEntries(reader, folder))
      await add(some);
  }
  return found;
}

/** `fullPath` begins with a slash, at what was dropped. */
const pathOf = ({ fullPath }: FileSystemEntry): string => fullPath.replace(/^\//, '');

function nextEntries(reader: FileSystemDirectoryReader, folder: FileSystemEntry): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) =>
    reader.readEntries(resolve, (cause) => reject(new Error(uploadText.unreadable(pathOf(folder)), { cause }))),
  );
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) =>
    entry.file(resolve, (cause) => reject(new Error(uploadText.unreadable(pathOf(entry)), { cause }))),
  );
}
