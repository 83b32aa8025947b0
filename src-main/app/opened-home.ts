import { join } from 'node:path';
import { isUnlocked } from './lock.ts';
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
 * Opens the store of a home for reading, and closes it whatever happens. It takes no lock, so that another process may
 * be working there, and sees what is committed. Throws what `openStore` and `read` throw.
 */
export async function readHome<T>(home: string, read: (home: Home) => T | Promise<T>): Promise<T> {
  const store = openStore(storeFile(home), { readOnly: true, interrupted: isUnlocked(home) });
  try {
    return await read({ home, store });
  } finally {
    store.close();
  }
}

/** The setting in which the window stores the study that is being set up (src-renderer/state/draft.svelte.ts). */
const DRAFT = 'draft';

/** The setting in which the studies are stored that wait for their turn (workspace/queue.ts). */
export const QUEUE = 'queue';

/** Deletes pretrained networks in the home that belong neither to a study, a deleted or waiting one included, nor to the one that is being set up. */
export function removeUnusedPretrained({ home, store }: Home): void {
  let users: string[] | undefined;
  removePretrained(home, (sha256) => {
    // This is called for each pretrained network, so homes without any, which are most, read no study.
    users ??= [
      ...[...store.studies(), ...store.deletedStudies()].map(({ protocol }) => protocol),
      store.setting(DRAFT) ?? '',
      store.setting(QUEUE) ?? '',
    ];
    // A hash in this JSON stands for nothing else.
    return users.some((text) => text.includes(sha256));
  });
}
