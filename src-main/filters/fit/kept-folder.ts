import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isFolder } from '../../store/cleanup.ts';

/** Below the home folder: in it a folder for each run, by its key, and one for untrained filters. */
const FOLDER = 'filter-fits';
const RUN_FOLDER = /^[0-9a-f]{64}$/;
/** Whom the random filters belong to that others are measured against. */
export const UNTRAINED = 'untrained';

/** Where searches are kept of a run, by its key, or of UNTRAINED; undefined for another name. */
export const keptFolder = (home: string, owner: string): string | undefined =>
  owner === UNTRAINED || RUN_FOLDER.test(owner) ? join(home, FOLDER, owner) : undefined;

/** Removes what is kept of a run that is no more. */
export function removeKeptSearches(home: string, run: string): void {
  const folder = RUN_FOLDER.test(run) ? keptFolder(home, run) : undefined;
  if (folder !== undefined && isFolder(join(home, FOLDER)) && isFolder(folder)) rmSync(folder, { recursive: true });
}

/** The same for every run that is none any more: a process may have looked at it while another one removed it. */
export function removeOrphanSearches(home: string, isRun: (key: string) => boolean): void {
  if (!isFolder(join(home, FOLDER))) return;
  for (const run of readdirSync(join(home, FOLDER))) if (!isRun(run)) removeKeptSearches(home, run);
}
