import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { StudyResults } from '../../common/contract/studies.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import { programCode } from '../../process/program.ts';
import { isFolder } from '../../store/cleanup.ts';
import type { Store } from '../../store/records.ts';
import { originOf } from '../../study/analysis/origin.ts';
import { transfersOf } from '../../study/prediction/transfers.ts';
import { findCompanion } from '../../study/results/companion.ts';
import type { Home } from '../opened-home.ts';
import type { StoredStudy } from './study.ts';

/** The folder below the home folder that has the results of studies as they were worked out, a file each. */
export const RESULTS_CACHE = 'kept-results';
const ENDING = '.json';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * A hash of everything that decides a study's results: the program, protocol, images and trainings, their predictors and places, the
 * study that it is compared with, and this machine. Undefined where a training is not finished: only finished ones stay as they are.
 */
export async function resultsKey(
  store: Store,
  { study, protocol, record, index }: StoredStudy,
): Promise<string | undefined> {
  const runs = store.studyRuns(study.id);
  if (study.status !== 'finished' || runs.some(({ record }) => record.status !== 'finished')) return undefined;
  const decisive = {
    code: programCode(),
    machine: [await originOf(store, study.id), availableParallelism()],
    images: [index, record !== undefined],
    trainings: runs.map((run) => [run, store.place(run.run)]),
    predictors: transfersOf(store, study.id),
    companion: findCompanion(store, study.id, protocol),
    study,
  };
  return sha256(JSON.stringify(decisive));
}

/** What was kept under this key; undefined where there is no such file, or it is of other trainings or damaged. */
export function keptResults(home: string, study: string, key: string): StudyResults | undefined {
  try {
    const file = fileOf(home, study);
    if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
    const [of, digest, text] = readFileSync(file, 'utf8').split('\n');
    return of === key && sha256(text) === digest ? (JSON.parse(text) as StudyResults) : undefined;
  } catch {
    // A file that can't be read is treated as missing.
    return undefined;
  }
}

/** Keeps results in the place of those of the same study that were kept before. No lock is needed: a file is whole or not at all. */
export function keepResults(home: string, study: string, key: string, results: StudyResults): void {
  const folder = join(home, RESULTS_CACHE);
  const text = JSON.stringify(results);
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: OWNER_ONLY.folder });
    // Nothing is written through a symbolic link.
    if (isFolder(folder))
      writeFileAtomic.sync(fileOf(home, study), `${key}\n${sha256(text)}\n${text}`, { mode: OWNER_ONLY.file });
  } catch {
    // On a drive that is full or read-only nothing is kept, and it is worked out each time.
  }
}

/** Removes what was kept of studies that no longer exist. Those that can be brought back do. */
export function removeOrphanResults({ home, store }: Home): void {
  const folder = join(home, RESULTS_CACHE);
  if (!isFolder(folder)) return;
  const known = new Set([...store.studies(), ...store.deletedStudies()].map(({ id }) => id + ENDING));
  for (const name of readdirSync(folder)) if (!known.has(name)) rmSync(join(folder, name), { force: true });
}

const fileOf = (home: string, study: string): string => join(home, RESULTS_CACHE, study + ENDING);
