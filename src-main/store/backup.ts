import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { byteSize } from '../common/numbers.ts';
import { messageOf, UserError } from '../errors.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';

/** The file that a store of this version is copied to before a newer program changes it. */
const backupFile = (file: string, version: number): string => `${file}.version-${version}.bak`;

/** The message for the user once a backup was made. */
export const backupNote = (backup: string): string =>
  `This version of Transplant has brought your home folder up to date. A copy of your studies as the older version left them is in ${backup}; delete that file once you no longer want to go back.`;

/**
 * Copies a store to a file beside it and returns that file; there is one for each version, the newest. The file is
 * complete and on the disk, or does not exist. Throws a UserError if it can't be written; the store is unchanged then.
 */
export function backUp(database: Database, file: string, version: number): string {
  const backup = backupFile(file, version);
  const unfinished = `${backup}.part`;
  try {
    rmSync(unfinished, { force: true });
    // SQLite writes into an empty file, and leaves its mode as it is.
    closeSync(openSync(unfinished, 'wx', OWNER_ONLY.file));
    database.prepare('VACUUM INTO ?').run(unfinished);
    sync(unfinished);
    renameSync(unfinished, backup);
    return backup;
  } catch (error) {
    removeQuietly(unfinished);
    throw new UserError(
      `This newer Transplant has to change the store ${file}, but can't first copy it to ${backup} (${reason(error, file)}); nothing was changed. Free some space, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
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
    // The error that came first is the one to report.
  }
}

function reason(error: unknown, file: string): string {
  const code = (error as { code?: string }).code ?? '';
  if (code !== 'SQLITE_FULL' && code !== 'ENOSPC' && code !== 'EDQUOT') return messageOf(error);
  return `there is no space for its ${byteSize(statSync(file).size)}`;
}
