import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
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
  await removeLeftovers(dataFolder);
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

async function removeLeftovers(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    const owner = PATTERN.exec(name)?.[1];
    if (owner === undefined || ours.has(name)) continue;
    // A folder with this process's id that is not of this process was left by an earlier one, as in containers, where
    // ids repeat.
    if (Number(owner) === process.pid || !isAlive(Number(owner)))
      await rm(join(dataFolder, name), { recursive: true, force: true });
  }
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
