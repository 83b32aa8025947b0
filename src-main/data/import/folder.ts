import { createReadStream, readFileSync, statSync, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Cancelled, UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import { byCodeUnit } from './names.ts';
import { checkFileCount, UnusableFile, type OpenedFile, type Source, type SourceFile } from './source.ts';

/** Files of up to this many bytes are read at once instead of streamed. */
const SMALL_FILE = 2 ** 20;

/** Lists a folder and everything below it. Throws a UserError if it can't be read, Cancelled when aborted. */
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
  const place = join(folder, file.path);
  return {
    ...file,
    place,
    async *content() {
      try {
        // Of a small file each step of an asynchronous read takes longer than the read.
        if (file.bytes <= SMALL_FILE) yield readFileSync(place);
        else for await (const piece of createReadStream(place)) yield piece as Buffer;
      } catch (error) {
        throw unreadable(error);
      }
    },
    range: (start, end) => readRange(place, start, end),
  };
}

/** The reason that a file of the disk is left out for. */
export const unreadable = (error: unknown): UnusableFile =>
  new UnusableFile(`can't be read (${(error as NodeJS.ErrnoException).code})`);

/** The bytes of a file from `start` up to `end`. Throws UnusableFile if it can't be read or has no so many. */
export async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
      if (bytesRead < end - start) throw new UnusableFile('the file is cut off');
      return buffer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UnusableFile) throw error;
    throw unreadable(error);
  }
}

/** The files of a folder tree, found by visiting its folders. */
class Listing {
  readonly files: SourceFile[] = [];
  readonly rejects: Reject[] = [];
  readonly #root: string;
  /** Real paths of the folders that are listed: the root, and folders outside of it that symbolic links lead to. */
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
      if (entry.isSymbolicLink()) await this.#follow(path);
      else await this.#add(path, entry);
    }
  }

  async #add(path: string, kind: Pick<Dirent, 'isDirectory' | 'isFile'>): Promise<void> {
    if (kind.isDirectory()) return this.visit(path);
    // Pipes and devices are left out, because opening one could wait for ever.
    if (!kind.isFile()) return void this.rejects.push({ file: path, reason: 'neither a file nor a folder' });
    try {
      // Asked for one after the other: a step that waits takes longer than the answer.
      this.files.push({ path, bytes: statSync(join(this.#root, path)).size });
    } catch (error) {
      this.rejects.push({ file: path, reason: `can't be read (${(error as NodeJS.ErrnoException).code})` });
    }
    checkFileCount(this.#root, this.files.length);
  }

  /**
   * Follows a link to images that are kept elsewhere. Links into a tree that is listed are left out, so there is no
   * loop.
   */
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
