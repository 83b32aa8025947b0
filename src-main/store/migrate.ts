import type { Database } from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { defineChecksum } from './checksum.ts';
import { sql as first } from './migrations/0001-first.ts';
import { sql as filterHistory } from './migrations/0002-filter-history.ts';
import { sql as restoredStudies } from './migrations/0003-restored-studies.ts';
import { sql as predictions } from './migrations/0004-predictions.ts';
import { sql as checksums } from './migrations/0005-checksums.ts';
import { sql as checksumsOfTables } from './migrations/0006-checksums-of-tables.ts';
import { sql as places } from './migrations/0007-places.ts';
import { sql as answers } from './migrations/0008-answers.ts';
import { sql as annotations } from './migrations/0009-annotations.ts';
import { sql as bin } from './migrations/0010-bin.ts';
import { sql as layerHistory } from './migrations/0011-layer-history.ts';

/** The SQL of each migration, in order: number i leads from version i to version i + 1. A released one is never edited. */
export const MIGRATIONS: readonly string[] = [
  first,
  filterHistory,
  restoredStudies,
  predictions,
  checksums,
  checksumsOfTables,
  places,
  answers,
  annotations,
  bin,
  layerHistory,
];

/** "TrPl", in the header of every store (PRAGMA application_id): another program's database is not taken for one. */
const APPLICATION_ID = 0x5472506c;

export interface StoreVersion {
  /** How many migrations were applied to it; 0 if nothing was ever written. */
  readonly version: number;
  readonly applicationId: number;
  readonly tables: number;
}

export function storeVersion(database: Database): StoreVersion {
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number;
  return {
    version: pragma('user_version'),
    applicationId: pragma('application_id'),
    tables: database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get()!,
  };
}

/** Throws a UserError unless the store is ours and not newer than this program. */
export function checkVersion(file: string, store: StoreVersion, newest = MIGRATIONS.length): void {
  const { version, applicationId, tables } = store;
  const untouched = version === 0 && applicationId === 0 && tables === 0;
  if (!untouched && applicationId !== APPLICATION_ID)
    throw new UserError(
      `${file} is the database of another program, not a Transplant store; nothing was changed. Move it away, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
    );
  if (version > newest)
    throw new UserError(
      `The store ${file} has version ${version}, from a newer Transplant; this one reads versions up to ${newest}. Update Transplant, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
    );
}

/**
 * Brings a store to the newest version. Each migration and its number are one transaction, so that a process that dies
 * in between leaves a store of some complete version. Foreign keys are not enforced meanwhile, as a migration may
 * rebuild a table; they are checked before each commit.
 */
export function migrate(database: Database, file: string, migrations: readonly string[] = MIGRATIONS): void {
  defineChecksum(database);
  database.pragma('foreign_keys = OFF');
  const step = database.transaction((): boolean => {
    // The version is read inside the transaction, because another process may have migrated while this one waited.
    const found = storeVersion(database);
    checkVersion(file, found, migrations.length);
    if (found.version === migrations.length) return false;
    database.exec(migrations[found.version]);
    const dangling = database.pragma('foreign_key_check') as { table: string }[];
    if (dangling.length > 0)
      throw new Error(`migration ${found.version + 1} leaves rows of ${dangling[0].table} without their parents`);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${found.version + 1}`);
    return true;
  });
  while (step.immediate());
  database.pragma('foreign_keys = ON');
}
