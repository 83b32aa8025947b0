import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf, UserError } from '../errors.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';
import { backUp } from './backup.ts';
import { type Checked, DamagedRow, defineChecksum, intact, withChecksum } from './checksum.ts';
import { checkVersion, migrate, MIGRATIONS, storeVersion } from './migrate.ts';

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Called with the file that has a copy of the store as an older version left it. */
  readonly onBackup?: (file: string) => void;
  /** For reading: whether no process has the home open, so that nothing runs though the store may say so. */
  readonly interrupted?: boolean;
}

/** Opens the file and brings it to the newest version. `readOnly` never writes. Throws the errors of openStore. */
export function openDatabase(file: string, { readOnly = false, onBackup }: OpenOptions = {}): Database.Database {
  if (!existsSync(dirname(file)))
    throw new UserError(
      `The folder ${dirname(file)} does not exist; choose another with --home DIR or TRANSPLANT_HOME.`,
    );
  refuseUnusable(file);
  if (readOnly && !existsSync(file)) return emptyDatabase();
  let database: Database.Database | undefined;
  try {
    database = readOnly ? openForReading(file) : openForWriting(file);
    // A home folder may come from anywhere, so nothing in the store's schema may call functions with side effects.
    database.pragma('trusted_schema = OFF');
    // Cells that lie outside of their page are errors and not other content.
    database.pragma('cell_size_check = ON');
    defineChecksum(database);
    return readOnly ? prepareForReading(database, file) : prepareForWriting(database, file, onBackup);
  } catch (error) {
    database?.close();
    throw storeError(file, error, { opening: true });
  }
}

/** Bytes of a path, at most, that SQLite opens on Unix, the ending of its journal included. */
const LONGEST_PATH = 512 - '-journal'.length;

/** Throws a UserError for what SQLite would wait for without an end, or refuse with nothing but "unable to open". */
function refuseUnusable(file: string): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status && !status.isFile())
    throw new UserError(
      `The store ${file} is not a file but ${status.isDirectory() ? 'a folder' : 'a device or a pipe'}: move it away, or ${ELSEWHERE}.`,
    );
  if (process.platform !== 'win32' && Buffer.byteLength(file) > LONGEST_PATH)
    throw new UserError(
      `The path of the store ${file} is too long (${Buffer.byteLength(file)} bytes, ${LONGEST_PATH} at most): ${ELSEWHERE}.`,
    );
}

/** SQLite gives the files beside a store the mode of the store. */
function openForWriting(file: string): Database.Database {
  try {
    closeSync(openSync(file, 'wx', OWNER_ONLY.file));
  } catch {
    // It is there, or SQLite says what is in the way.
  }
  return new Database(file);
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
    // A journal of the old kind was left by a power cut before the first commit: only a writer may take it back.
    if ((error as { code?: string }).code === 'SQLITE_READONLY_ROLLBACK') return new Database(':memory:');
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
  checkWhole(database, file);
  if (found.version === MIGRATIONS.length) checkRows(database);
  const older = found.version > 0 && found.version < MIGRATIONS.length;
  const backup = older ? backUp(database, file, found.version) : undefined;
  database.pragma('journal_mode = WAL');
  // FULL instead of NORMAL, because checkpoint files are deleted once the store has forgotten them: a power cut that
  // undid such a commit would leave a store that names deleted files. It costs one fsync per commit.
  database.pragma('synchronous = FULL');
  migrate(database, file);
  checkColumns(database, file);
  if (backup !== undefined) onBackup?.(backup);
  return database;
}

/** What SQLite can tell by itself, indices and references included: 0.2 s for 600 MB. Throws a UserError. */
function checkWhole(database: Database.Database, file: string): void {
  const check = String(database.pragma('integrity_check(1)', { simple: true }));
  if (check !== 'ok') throw new UserError(damagedStore(file, check.split('\n').at(-1)!));
  const [dangling] = database.pragma('foreign_key_check') as { table: string; parent: string }[];
  if (dangling)
    throw new UserError(
      damagedStore(file, `a row of ${dangling.table} names a row of ${dangling.parent} that is not there`),
    );
}

/**
 * Settings, annotations, what was deleted, and what came with studies from files, are looked up by a key that may not be there: nobody would miss them where
 * their page and that of another table of this form have changed places. Rows of one are found here then, which are none of
 * it. Throws a DamagedRow.
 */
function checkRows(database: Database.Database): void {
  for (const [table, columns] of [
    ['knownImages', 'id, facts'],
    ['studyOrigins', 'study, facts'],
    ['annotations', 'study, notes, tags, archived'],
    ['bin', 'kind, id, deleted'],
  ]) {
    const rows = database.prepare<[], Checked<object>>(`SELECT ${withChecksum(table, columns)} FROM ${table}`);
    for (const row of rows.iterate()) intact(row, table);
  }
}

/** A flipped bit in the name of a column would be other names in every row. Throws a UserError. */
function checkColumns(database: Database.Database, file: string): void {
  const expected = emptyDatabase();
  try {
    if (columnsOf(database) !== columnsOf(expected))
      throw new UserError(damagedStore(file, 'its tables are not those of its version'));
  } finally {
    expected.close();
  }
}

function columnsOf(database: Database.Database): string {
  const columns = database.prepare(`
    SELECT t.name AS "table", c.* FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY t.name, c.cid`);
  return JSON.stringify(columns.all());
}

function prepareForReading(database: Database.Database, file: string): Database.Database {
  const found = storeVersion(database);
  checkVersion(file, found);
  if (found.version === MIGRATIONS.length) {
    checkColumns(database, file);
    return database;
  }
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

/**
 * Reads the whole store and returns its version. Throws a UserError that says what is wrong with it, if anything is.
 */
export function inspectStore(file: string): { readonly version: number } {
  const database = openDatabase(file, { readOnly: true });
  try {
    checkWhole(database, file);
    return { version: storeVersion(database).version };
  } catch (error) {
    throw storeError(file, error);
  } finally {
    database.close();
  }
}

/** The version of SQLite itself. Throws if it can't be loaded on this machine. */
export function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return database.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;
  } finally {
    database.close();
  }
}

const ELSEWHERE = 'choose another folder with --home DIR or TRANSPLANT_HOME';

/**
 * Turns an error of SQLite into a UserError that says what to do. Errors that are not about files or the disk are
 * returned as they are.
 */
export function storeError(file: string, error: unknown, { opening = false } = {}): unknown {
  if (error instanceof DamagedRow) return new UserError(damagedStore(file, error.message), { cause: error });
  // SQLite itself is a file that is opened.
  if (/too many open files/i.test(messageOf(error))) return new UserError(tooManyFiles(file), { cause: error });
  if (!(error instanceof Database.SqliteError)) return error;
  const sentence = sentenceOf(file, error, opening);
  return sentence === undefined ? error : new UserError(sentence, { cause: error });
}

function sentenceOf(
  file: string,
  { code, message }: InstanceType<typeof Database.SqliteError>,
  opening: boolean,
): string | undefined {
  // Extended codes: SQLITE_IOERR_WRITE, SQLITE_READONLY_DIRECTORY ...
  switch (code.split('_')[1]) {
    case 'FULL':
      return `The disk that holds ${file} is full; what was stored before is intact. Free some space and try again, or ${ELSEWHERE}.`;
    case 'READONLY':
      return `The store ${file} can't be written (${message}); check the permissions of it and its folder, or ${ELSEWHERE}.`;
    case 'PERM':
    case 'AUTH':
    case 'CANTOPEN':
      if (tooManyOpen()) return tooManyFiles(file);
      return `The store ${file} can't be opened (${message}); check that it is a file and that you may read and write it and its folder, or ${ELSEWHERE}.`;
    case 'NOTADB':
    case 'CORRUPT':
      return damagedStore(file, message);
    case 'BUSY':
    case 'LOCKED':
      return `Another process keeps the store ${file} busy; wait until it is done, or ${ELSEWHERE}.`;
    case 'IOERR':
    case 'NOLFS':
    case 'PROTOCOL':
      return `Reading or writing the store ${file} failed (${message}, ${code}); check its drive (network drives are not supported), or ${ELSEWHERE}.`;
    default:
      // What is asked of a store that is being opened is right for one that is whole.
      return opening && code === 'SQLITE_ERROR' ? damagedStore(file, message) : undefined;
  }
}

const tooManyFiles = (file: string): string =>
  `The store ${file} can't be opened, because too many files are open: allow more with "ulimit -n 4096" before Transplant is started.`;

/** SQLite does not say why it can't open a file. */
function tooManyOpen(): boolean {
  try {
    // Two, because SQLite had none of its own left when it failed.
    [openSync('.', 'r'), openSync('.', 'r')].forEach((descriptor) => closeSync(descriptor));
    return false;
  } catch (error) {
    return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code!);
  }
}

/** The message for a damaged store. @param how a clause that says what is wrong */
function damagedStore(file: string, how: string): string {
  return `The store ${file} is damaged or not a Transplant store (${how}); nothing was changed. Restore it from a backup, move it away, or ${ELSEWHERE}.`;
}
