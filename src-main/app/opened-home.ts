import { join } from 'node:path';
import { removePretrained } from '../store/cleanup.ts';
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

/** Where the window remembers the study that is being put together (src-renderer/state/draft.svelte.ts). */
const DRAFT = 'draft';

/** Deletes kept pretrained networks that belong to no study, and not to the one that is being put together. */
export function removeUnusedPretrained({ home, store }: Home): void {
  let naming: string[] | undefined;
  removePretrained(home, (sha256) => {
    // Where there is none, as in most homes, no study is read.
    naming ??= [...store.studies().map(({ protocol }) => protocol), store.setting(DRAFT) ?? ''];
    // A hash stands in JSON for nothing else.
    return naming.some((text) => text.includes(sha256));
  });
}
