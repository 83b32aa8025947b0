import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { backUp } from './backup.ts';
import { checkVersion, migrate, storeVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import { damagedStore, storeError } from './store-error.ts';

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Called with the file that has a copy of the store as an older version left it. */
  readonly onBackup?: (file: string) => void;
}

/** Opens the file and brings it to the newest version. `readOnly` never writes. Throws the errors of openStore. */
export function openDatabase(file: string, { readOnly = false, onBackup }: OpenOptions = {}): Database.Database {
  if (!existsSync(dirname(file)))
    throw new UserError(
      `The folder ${dirname(file)} does not exist; choose another with --home DIR or TRANSPLANT_HOME.`,
    );
  if (readOnly && !existsSync(file)) return emptyDatabase();
  let database: Database.Database | undefined;
  try {
    database = readOnly ? openForReading(file) : new Database(file);
    // A home folder may come from anywhere, so nothing in the store's schema may call functions with side effects.
    database.pragma('trusted_schema = OFF');
    return readOnly ? prepareForReading(database, file) : prepareForWriting(database, file, onBackup);
  } catch (error) {
    database?.close();
    throw storeError(file, error);
  }
}

/**
 * SQLite writes files beside the store even to read it. On a read-only drive, where nothing can change, a copy in
 * memory is read instead.
 */
function openForReading(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    storeVersion(database);
    return database;
  } catch (error) {
    database.close();
    // Without a write-ahead log beside it, the file is complete.
    const canBeCopied = (error as { code?: string }).code === 'SQLITE_CANTOPEN' && !existsSync(`${file}-wal`);
    if (!canBeCopied) throw error;
    return copyInMemory(readFileSync(file), { readonly: true });
  }
}

/** A copy of a store in memory. Bytes 18 and 19 of the header are set to "no write-ahead log". */
function copyInMemory(bytes: Buffer, options: Database.Options = {}): Database.Database {
  bytes.fill(1, 18, 20);
  return new Database(bytes, options);
}

function prepareForWriting(
  database: Database.Database,
  file: string,
  onBackup: OpenOptions['onBackup'],
): Database.Database {
  // These checks come before anything is written, so that another program's file or a damaged one stays as it is.
  const found = storeVersion(database);
  checkVersion(file, found);
  const check = database.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') throw new UserError(damagedStore(file, String(check).split('\n').at(-1)!));
  const older = found.version > 0 && found.version < MIGRATIONS.length;
  const backup = older ? backUp(database, file, found.version) : undefined;
  database.pragma('journal_mode = WAL');
  // FULL instead of NORMAL, because checkpoint files are deleted once the store has forgotten them: a power cut that
  // undid such a commit would leave a store that names deleted files. It costs one fsync per commit, about once a
  // second.
  database.pragma('synchronous = FULL');
  migrate(database, file);
  if (backup !== undefined) onBackup?.(backup);
  return database;
}

function prepareForReading(database: Database.Database, file: string): Database.Database {
  const found = storeVersion(database);
  checkVersion(file, found);
  if (found.version === MIGRATIONS.length) return database;
  // Version 0 means that the first writer has not committed yet. Any other version is that of an older program, whose
  // store stays as it is until somebody writes to it.
  const copy = found.version === 0 ? emptyDatabase() : migrateForReading(copyInMemory(database.serialize()));
  database.close();
  return copy;
}

/** What a reader gets where nothing was ever written. */
const emptyDatabase = (): Database.Database => migrateForReading(new Database(':memory:'));

/** Brings a database in memory to the newest version, and allows only reading from then on. */
function migrateForReading(database: Database.Database): Database.Database {
  database.pragma('trusted_schema = OFF');
  migrate(database, ':memory:');
  database.pragma('query_only = ON');
  return database;
}
