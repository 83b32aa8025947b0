import type { Dirent } from 'node:fs';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Cancelled, UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import { byCodeUnit, isLitter } from './names.ts';
import { checkFileCount, Unusable, type OpenedFile, type Source, type SourceFile } from './source.ts';

/** Files up to here are read in one go. */
const SMALL_FILE = 2 ** 20;

/** Lists a folder and what is below it. Errors: UserError, Cancelled. */
export async function openFolder(path: string, signal?: AbortSignal): Promise<Source> {
  const listing = new Listing(path, await realpath(path), signal);
  await listing.visit('');
  listing.files.sort((a, b) => byCodeUnit(a.path, b.path));
  return {
    path,
    files: listing.files,
    rejects: listing.rejects,
    async *read(wanted) {
      for (const file of listing.files) if (wanted.has(file.path)) yield opened(path, file);
    },
  };
}

function opened(folder: string, file: SourceFile): OpenedFile {
  return {
    ...file,
    async *content() {
      const path = join(folder, file.path);
      try {
        if (file.bytes <= SMALL_FILE) yield await readFile(path);
        else for await (const piece of createReadStream(path)) yield piece as Buffer;
      } catch (error) {
        throw new Unusable(`can't be read (${(error as NodeJS.ErrnoException).code})`);
      }
    },
  };
}

class Listing {
  readonly files: SourceFile[] = [];
  readonly rejects: Reject[] = [];
  readonly #root: string;
  /** Real paths of the folders whose contents are listed: the root, and what links outside of it lead to. */
  readonly #trees: string[];
  readonly #signal: AbortSignal | undefined;

  constructor(root: string, realRoot: string, signal?: AbortSignal) {
    this.#root = root;
    this.#trees = [realRoot];
    this.#signal = signal;
  }

  async visit(folder: string): Promise<void> {
    if (this.#signal?.aborted) throw new Cancelled();
    let entries: Dirent[];
    try {
      entries = await readdir(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (folder === '') throw new UserError(`${this.#root} can't be read (${code}): check its permissions.`);
      this.rejects.push({ file: `${folder}/`, reason: `the folder can't be read (${code})` });
      return;
    }
    for (const entry of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isLitter(entry.name)) continue;
      if (entry.isSymbolicLink()) await this.#follow(path);
      else await this.#add(path, entry);
    }
  }

  async #add(path: string, kind: Pick<Dirent, 'isDirectory' | 'isFile'>): Promise<void> {
    if (kind.isDirectory()) return this.visit(path);
    // Opening a pipe or a device could wait for ever.
    if (!kind.isFile()) return void this.rejects.push({ file: path, reason: 'neither a file nor a folder' });
    const size = await stat(join(this.#root, path)).then(
      (file) => file.size,
      (error: NodeJS.ErrnoException) => void this.rejects.push({ file: path, reason: `can't be read (${error.code})` }),
    );
    if (size !== undefined) this.files.push({ path, bytes: size });
    checkFileCount(this.#root, this.files.length);
  }

  /** Links lead to images kept elsewhere; those into a tree that is listed anyway are left out, so no loop can be. */
  async #follow(path: string): Promise<void> {
    try {
      const target = await realpath(join(this.#root, path));
      const kind = await stat(target);
      if (kind.isDirectory()) {
        if (this.#trees.some((tree) => isWithin(tree, target) || isWithin(target, tree)))
          return void this.rejects.push({ file: path, reason: 'a symbolic link to a folder that is read already' });
        this.#trees.push(target);
      }
      await this.#add(path, kind);
    } catch (error) {
      if (error instanceof UserError || error instanceof Cancelled) throw error;
      const loop = (error as NodeJS.ErrnoException).code === 'ELOOP';
      this.rejects.push({ file: path, reason: `a symbolic link ${loop ? 'that goes in a loop' : 'to nothing'}` });
    }
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
