import Database from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { openDatabase } from './database.ts';
import { storeVersion } from './migrate.ts';
import { damagedStore, storeError } from './store-error.ts';

/**
 * Reads the whole store and returns its version. Throws a UserError that says what is wrong with it, if anything is.
 */
export function inspectStore(file: string): { readonly version: number } {
  const database = openDatabase(file, { readOnly: true });
  try {
    const check = String(database.pragma('integrity_check(1)', { simple: true }));
    if (check !== 'ok') throw new UserError(damagedStore(file, check.split('\n').at(-1)!));
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
