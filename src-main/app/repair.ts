import { resetDamaged } from '../study/run/damaged.ts';
import type { Home } from './opened-home.ts';

/** What was set back. */
export interface Repaired {
  /** Files that were kept beside under another name. */
  readonly kept: string[];
  /** Names of the studies that are to be resumed. */
  readonly studies: string[];
}

/**
 * Sets trainings back whose stored files are damaged or gone, and their studies to `stopped`, so that they can be resumed:
 * they are trained again, to the same bytes. No study may be running.
 */
export function repair({ home, store }: Home, damaged: readonly string[]): Repaired {
  const kept = damaged.flatMap((run) => resetDamaged(run, { store, home }) ?? []);
  const all = [...store.studies(), ...store.deletedStudies()];
  const studies = all.filter(({ id }) => store.studyRuns(id).some(({ run }) => damaged.includes(run)));
  for (const { id } of studies) store.updateStudy(id, { status: 'stopped' });
  return { kept, studies: studies.map(({ name }) => name) };
}
