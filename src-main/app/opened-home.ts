import { join } from 'node:path';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/records.ts';

/** A home folder that is open: its absolute path, and what is stored in it. */
export interface Home {
  readonly home: string;
  readonly store: Store;
}

/** The file of a home's store. */
export const storeFile = (home: string): string => join(home, 'transplant.sqlite');

/**
 * Opens the store of a home for reading, beside whoever may be working there, and closes it whatever happens. It takes no
 * lock and sees what is committed. Errors: those of `openStore`, and what `look` throws.
 */
export async function readHome<T>(home: string, look: (home: Home) => T | Promise<T>): Promise<T> {
  const store = openStore(storeFile(home), { readOnly: true });
  try {
    return await look({ home, store });
  } finally {
    store.close();
  }
}
