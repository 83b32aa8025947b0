import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { backUp } from './backup.ts';
import { checkVersion, migrate, storeVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import { damaged, storeError } from './store-error.ts';

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Told the file that keeps the store as an older version left it. */
  readonly onBackup?: (file: string) => void;
}

/** Opens the file and brings it to the newest version; `readOnly` never writes. See openStore for the errors. */
export function openDatabase(file: string, { readOnly = false, onBackup }: OpenOptions = {}): Database.Database {
  if (!existsSync(dirname(file)))
    throw new UserError(
      `The folder ${dirname(file)} does not exist; choose another with --home DIR or TRANSPLANT_HOME.`,
    );
  if (readOnly && !existsSync(file)) return emptyDatabase();
  let database: Database.Database | undefined;
  try {
    database = readOnly ? openForReading(file) : new Database(file);
    // A store may come from anywhere with a home folder: nothing in its schema may call functions with side effects.
    database.pragma('trusted_schema = OFF');
    return readOnly ? checkedForReading(database, file) : preparedForWriting(database, file, onBackup);
  } catch (error) {
    database?.close();
    throw storeError(file, error);
  }
}

/** SQLite wants to write beside the store even to read it; on a read-only drive, where nothing can change, it need not. */
function openForReading(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    storeVersion(database);
    return database;
  } catch (error) {
    database.close();
    const untouchable = (error as { code?: string }).code === 'SQLITE_CANTOPEN' && !existsSync(`${file}-wal`);
    if (!untouchable) throw error;
    // Without a log beside it, the file is all there is.
    return inMemory(readFileSync(file), { readonly: true });
  }
}

/** A copy. Bytes 18 and 19 of the header say "no write-ahead log". */
function inMemory(bytes: Buffer, options: Database.Options = {}): Database.Database {
  bytes.fill(1, 18, 20);
  return new Database(bytes, options);
}

function preparedForWriting(
  database: Database.Database,
  file: string,
  onBackup: OpenOptions['onBackup'],
): Database.Database {
  // Before anything is written: a foreign or damaged file stays as it is.
  const found = storeVersion(database);
  checkVersion(file, found);
  const check = database.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') throw new UserError(damaged(file, String(check).split('\n').at(-1)!));
  const older = found.version > 0 && found.version < MIGRATIONS.length;
  const backup = older ? backUp(database, file, found.version) : undefined;
  database.pragma('journal_mode = WAL');
  // FULL, not NORMAL: checkpoint files are deleted once the store has forgotten them. A power cut that took back such a
  // commit would leave a store that names deleted files. It costs one fsync a commit, and commits come about once a second.
  database.pragma('synchronous = FULL');
  migrate(database, file);
  if (backup !== undefined) onBackup?.(backup);
  return database;
}

function checkedForReading(database: Database.Database, file: string): Database.Database {
  const found = storeVersion(database);
  checkVersion(file, found);
  if (found.version === MIGRATIONS.length) return database;
  // Version 0: its first writer has not come to its first commit yet. Else a store of an older program, which stays as it
  // is until somebody writes to it.
  const copy = found.version === 0 ? emptyDatabase() : broughtUpToDate(inMemory(database.serialize()));
  database.close();
  return copy;
}

/** What a reader sees where nothing was ever written. */
const emptyDatabase = (): Database.Database => broughtUpToDate(new Database(':memory:'));

/** For reading, in memory. */
function broughtUpToDate(database: Database.Database): Database.Database {
  database.pragma('trusted_schema = OFF');
  migrate(database, ':memory:');
  database.pragma('query_only = ON');
  return database;
}
