import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setAside } from '../../store/cleanup.ts';
import type { CheckpointRecord, Store } from '../../store/records.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * The stored checkpoints that the trainings of a plan will begin with: each its own, and the bases of those that are left.
 * They are to be compared with their hashes before anything is trained.
 */
export function neededCheckpoints({ runs }: Plan, store: Store): CheckpointRecord[] {
  const left = runs.filter(({ key }) => store.findRun(key)?.status !== 'finished');
  const keys = new Set(
    left.flatMap(({ key, identity }) => [key, ...(identity.source === null ? [] : [identity.source])]),
  );
  return [...keys].flatMap((key) => store.latestCheckpoint(key) ?? []);
}

/**
 * Sets a run back whose checkpoint is damaged, so that it is trained again, to the same bytes. The file is kept beside under
 * another name, which is returned; undefined where there is none.
 */
export function resetDamaged(run: string, { store, home }: { store: Store; home: string }): string | undefined {
  const checkpoint = store.latestCheckpoint(run);
  const kept =
    checkpoint && existsSync(join(home, checkpoint.file)) ? setAside(join(home, checkpoint.file)) : undefined;
  store.forgetRun(run);
  return kept;
}
