import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { MoveProgress } from '../../common/contract/settings.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { fileHash } from '../../process/file-hash.ts';

/** What belongs to the process that has a home open, and what SQLite makes again. */
const LEFT = /^(lock\.(sqlite|json).*|transplant\.sqlite-shm|\.probe-.*)$/;

interface Entry {
  /** Relative to the home. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly bytes: number;
  readonly mode: number;
  readonly changed: number;
}

/** All that is in a home, folders before what is in them. */
export async function entriesOf(home: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(home, folder))).sort()) {
      if (folder === '' && LEFT.test(name)) continue;
      const path = join(folder, name);
      const { mode, size: bytes, mtimeMs: changed, ...status } = await describe(join(home, path));
      if (status.kind === 'other') continue;
      entries.push({ path, kind: status.kind, bytes: status.kind === 'file' ? bytes : 0, mode: mode & 0o777, changed });
      if (status.kind === 'folder') await visit(path);
    }
  };
  await visit('');
  return entries;
}

async function describe(path: string) {
  const status = await lstat(path);
  const { mode, size, mtimeMs } = status;
  const kind = status.isFile() ? 'file' : status.isDirectory() ? 'folder' : status.isSymbolicLink() ? 'link' : 'other';
  return { mode, size, mtimeMs, kind } as const;
}

interface CopyWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MoveProgress) => void;
}

/**
 * Copies a home that nobody writes to into a folder that is empty or not there, and then reads the copy again and compares each
 * file's hash with what was read. Where that fails or is stopped, what was copied is deleted. Throws Cancelled, and a UserError
 * for a file that differs.
 */
export async function copyHome(home: string, to: string, { signal, onProgress }: CopyWatch): Promise<void> {
  const entries = await entriesOf(home);
  const files = entries.filter(({ kind }) => kind === 'file');
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const made = await mkdir(to, { recursive: true, mode: 0o700 });
  const stopWhereAsked = () => {
    if (signal.aborted) throw new Cancelled();
  };
  try {
    const hashes = new Map<string, string>();
    let done = 0;
    onProgress({ phase: 'copying', done, total });
    for (const entry of entries) {
      stopWhereAsked();
      const [source, target] = [join(home, entry.path), join(to, entry.path)];
      if (entry.kind === 'folder') await mkdir(target, { mode: entry.mode });
      else if (entry.kind === 'link') await symlink(resolve(dirname(source), await readlink(source)), target);
      else hashes.set(entry.path, await copyFile(source, target, entry.mode));
      onProgress({ phase: 'copying', done: (done += entry.bytes), total });
    }
    done = 0;
    for (const { path, bytes, changed } of files) {
      stopWhereAsked();
      const { size, mtimeMs } = await lstat(join(home, path));
      if ((await fileHash(join(to, path))) !== hashes.get(path) || size !== bytes || mtimeMs !== changed)
        throw new UserError(
          `${join(to, path)} is not what ${join(home, path)} is: the drive may be faulty, or something writes to the home folder. Nothing was moved.`,
        );
      onProgress({ phase: 'checking', done: (done += bytes), total });
    }
  } catch (error) {
    // A folder that was there stays, as empty as it was.
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    else for (const name of await readdir(to)) await rm(join(to, name), { recursive: true, force: true });
    throw error;
  }
}

/** Returns the hash of what was read, once that is on the drive. */
async function copyFile(source: string, target: string, mode: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(target, 'wx', mode);
  try {
    for await (const chunk of createReadStream(source)) {
      hash.update(chunk as Buffer);
      await file.writeFile(chunk as Buffer);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}
