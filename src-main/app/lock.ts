import { chmodSync, closeSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';

const holderSchema = z.object({ pid: z.int().positive(), since: z.iso.datetime() });
type Holder = z.infer<typeof holderSchema>;

/**
 * Keeps other processes from working in the same home folder. The lock is an open exclusive transaction on a database of
 * its own: the operating system releases it when the process ends, however it ends, so there are no stale locks.
 * Only the owner of the file can open it, because who can read it can hold a lock that keeps its owner out. A file beside it names the process that holds it, which is for the message only.
 *
 * Throws a UserError that names the other process.
 */
export function lockHome(home: string): { release(): void } {
  const file = join(home, LOCK);
  const note = join(home, 'lock.json');
  const database = takeLock(home, file, note);
  // Files of processes that were killed while they wrote the note.
  for (const name of readdirSync(home)) if (/^lock\.json\.\d+$/.test(name)) rmSync(join(home, name), { force: true });
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  try {
    writeFileAtomic.sync(note, JSON.stringify(holder), { mode: OWNER_ONLY.file });
  } catch (error) {
    database.close();
    throw new UserError(
      `${note} can't be written (${messageOf(error)}); make room or choose another folder with --home DIR or TRANSPLANT_HOME.`,
      { cause: error },
    );
  }
  return {
    release() {
      if (!database.open) return;
      rmSync(note, { force: true });
      // Closing ends the transaction. The file stays: to delete it would let two processes lock two files of one name.
      database.close();
    },
  };
}

/**
 * Whether no process has the home open. A reader asks for it; where it may not open the lock, another user's process may
 * have it.
 */
export function isUnlocked(home: string): boolean {
  const file = join(home, LOCK);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return true;
  if (!status.isFile()) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 0 });
    // To read is to take a shared lock, which the holder's exclusive one refuses.
    database.pragma('user_version');
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

const LOCK = 'lock.sqlite';

function takeLock(home: string, file: string, note: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    forOwnerOnly(file);
    // A reader that asks whether the lock is held has it for less than a millisecond.
    database = new Database(file, { timeout: 250 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw refusal(home, note);
    throw new UserError(
      `${home} can't be locked through ${file} (${messageOf(error)}); delete that file if it is damaged, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
      { cause: error },
    );
  }
}

/** Makes the file, or takes it from the hands of others where an older version has made it. */
function forOwnerOnly(file: string): void {
  // To open a pipe would wait for its other end.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw new Error('it is not a file');
  try {
    // Never opened again: when a process closes a file, it loses its locks on it, also those of another handle.
    closeSync(openSync(file, 'wx', OWNER_ONLY.file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(file, OWNER_ONLY.file);
  }
}

function refusal(home: string, note: string): UserError {
  const holder = readHolder(note);
  const who = holder
    ? `Another Transplant (process ${holder.pid}, since ${holder.since})`
    : 'Another Transplant that is just starting or ending';
  return new UserError(
    `${who} works in ${home}; wait until it is done, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
  );
}

/** Reads the note of the process that holds the lock. A note that a killed process left behind is ignored. */
function readHolder(note: string): Holder | undefined {
  try {
    if (!statSync(note).isFile()) return undefined;
    const holder = holderSchema.parse(JSON.parse(readFileSync(note, 'utf8')));
    return isAlive(holder.pid) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process is alive and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
