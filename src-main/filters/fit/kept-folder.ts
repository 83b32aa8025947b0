import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isFolder } from '../../store/cleanup.ts';

/** The folder below the home folder that has a folder for each run, named by its key, and one for untrained filters. */
const FOLDER = 'filter-fits';
const RUN_FOLDER = /^[0-9a-f]{64}$/;
/** The owner of the random filters that trained ones are compared with. */
export const UNTRAINED = 'untrained';

/** The folder of the cached searches of a run, given its key, or of UNTRAINED; undefined for any other name. */
export const fitCacheFolder = (home: string, owner: string): string | undefined =>
  owner === UNTRAINED || RUN_FOLDER.test(owner) ? join(home, FOLDER, owner) : undefined;

/** Removes the cached searches of a run that was removed. */
export function removeCachedSearches(home: string, run: string): void {
  const folder = RUN_FOLDER.test(run) ? fitCacheFolder(home, run) : undefined;
  if (folder !== undefined && isFolder(join(home, FOLDER)) && isFolder(folder)) rmSync(folder, { recursive: true });
}

/**
 * Does the same for all runs that no longer exist: a process may have looked at one while another process removed it.
 */
export function removeOrphanSearches(home: string, isRun: (key: string) => boolean): void {
  if (!isFolder(join(home, FOLDER))) return;
  for (const run of readdirSync(join(home, FOLDER))) if (!isRun(run)) removeCachedSearches(home, run);
}
