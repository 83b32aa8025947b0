import Database from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { openDatabase } from './database.ts';
import { storeVersion } from './migrate.ts';
import { damaged, storeError } from './store-error.ts';

/** Reads the whole store and throws the UserError that says what is wrong with it, if anything is. */
export function inspectStore(file: string): { readonly version: number } {
  const database = openDatabase(file, { readOnly: true });
  try {
    const check = String(database.pragma('integrity_check(1)', { simple: true }));
    if (check !== 'ok') throw new UserError(damaged(file, check.split('\n').at(-1)!));
    return { version: storeVersion(database).version };
  } catch (error) {
    throw storeError(file, error);
  } finally {
    database.close();
  }
}

/** Of the library itself; throws where it can't be loaded on this machine. */
export function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return database.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;
  } finally {
    database.close();
  }
}
