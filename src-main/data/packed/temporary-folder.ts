import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';

/** Matches `.importing-<process id>-<random>`. The process id tells whether the import is still running. */
const PATTERN = /^\.importing-(\d+)-[0-9a-f]+$/;

/** The temporary folders of this process. */
const ours = new Set<string>();

/**
 * Runs `work` in a new folder below `dataFolder`. The result can be renamed into its place, because it is on the same
 * drive. Afterwards everything that `work` left in the folder is removed; folders of imports that died are removed
 * first.
 */
export async function inTemporaryFolder<T>(dataFolder: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(dataFolder, { recursive: true });
  removeLeftovers(dataFolder);
  const name = `.importing-${process.pid}-${randomBytes(6).toString('hex')}`;
  const folder = join(dataFolder, name);
  ours.add(name);
  try {
    await mkdir(folder);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    ours.delete(name);
  }
}

function removeLeftovers(dataFolder: string): void {
  // A folder with this process's id that is not of this process was left by an earlier one, as in containers, where
  // ids repeat.
  for (const [name, owner] of temporaryFolders(dataFolder))
    if (owner === process.pid || !isAlive(owner)) rmSync(join(dataFolder, name), { recursive: true, force: true });
}

/**
 * Removes what imports left whose processes were killed. The caller must hold the lock of the folder's home, and have begun no
 * import: an id may be another process's by now, and one that has died may wait to be cleared away itself.
 */
export function removeUnfinished(dataFolder: string): void {
  for (const [name] of temporaryFolders(dataFolder))
    rmSync(join(dataFolder, name), { recursive: true, force: true, maxRetries: 3 });
}

/** Names and process ids of the temporary folders that are not of this process's own work. */
function temporaryFolders(dataFolder: string): [name: string, owner: number][] {
  return readdirSync(dataFolder).flatMap((name): [string, number][] => {
    const owner = PATTERN.exec(name)?.[1];
    return owner === undefined || ours.has(name) ? [] : [[name, Number(owner)]];
  });
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Turns an error of a full or unwritable disk into a UserError that says what to do. Other errors are returned as they
 * are.
 */
export function asDiskError(error: unknown, folder: string): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new UserError(
        `There is no space left to store images in ${folder}: free some space or use another home folder.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(`The folder ${folder} can't be written to: make it writable or use another home folder.`, {
        cause: error,
      });
    default:
      return error;
  }
}
