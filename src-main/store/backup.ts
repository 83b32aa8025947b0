import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { byteSize } from '../common/numbers.ts';
import { messageOf, UserError } from '../errors.ts';

/** Where a store of this version is kept before a newer program changes it. */
export const backupFile = (file: string, version: number): string => `${file}.version-${version}.bak`;

/** What a person is told once there is one. */
export const backupNote = (backup: string): string =>
  `This version of Transplant has brought your home folder up to date. As the older one left it, what is known of your studies is kept in ${backup}; delete that file when you don't want to go back.`;

/**
 * Keeps a store as it is, in a file beside it: one for each version, the newest. It is there whole and on the disk, or not
 * at all. Throws a UserError where it can't be written; the store is unchanged then.
 */
export function backUp(database: Database, file: string, version: number): string {
  const backup = backupFile(file, version);
  const unfinished = `${backup}.part`;
  try {
    rmSync(unfinished, { force: true });
    database.prepare('VACUUM INTO ?').run(unfinished);
    sync(unfinished);
    renameSync(unfinished, backup);
    return backup;
  } catch (error) {
    removeQuietly(unfinished);
    throw new UserError(
      `This newer Transplant has to change the store ${file}, and can't keep a copy of it as ${backup} first (${reason(error, file)}); nothing was changed. Make room, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
      { cause: error },
    );
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The first error is the one to tell.
  }
}

function reason(error: unknown, file: string): string {
  const code = (error as { code?: string }).code ?? '';
  if (code !== 'SQLITE_FULL' && code !== 'ENOSPC' && code !== 'EDQUOT') return messageOf(error);
  return `there is no room for its ${byteSize(statSync(file).size)}`;
}
