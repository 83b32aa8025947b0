import { availableParallelism } from 'node:os';
import { type Settings, type SettingsChange, settingsSchema } from '../common/contract/settings.ts';
import { removeCheckpointFiles } from '../store/cleanup.ts';
import type { Store } from '../store/records.ts';
import type { Plan } from '../study/plan/plan.ts';
import type { Home } from './opened-home.ts';
import { defaultSharedMemory } from './planning/estimate.ts';

interface UsualWork {
  readonly workers: number;
  /** Bytes. */
  readonly sharedMemory: number;
}

/** The setting of the store that has them all. */
const KEY = 'settings';

/** What is set in a home. What an older or newer program has written and this one can't read is as it comes. */
export function readSettings(store: Pick<Store, 'setting'>): Settings {
  const stored = store.setting(KEY);
  if (stored === undefined) return settingsSchema.parse({});
  const values = JSON.parse(stored) as Record<string, unknown>;
  const known = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => {
    const { success, data } = schema.safeParse(values[name]);
    return success ? [[name, data] as const] : [];
  });
  return settingsSchema.parse(Object.fromEntries(known));
}

/** Changes some of them. What this program does not know stays. */
export function changeSettings(store: Pick<Store, 'setting' | 'setSetting'>, change: SettingsChange): Settings {
  const stored = JSON.parse(store.setting(KEY) ?? '{}') as Record<string, unknown>;
  store.setSetting(KEY, JSON.stringify({ ...stored, ...change }));
  return readSettings(store);
}

/**
 * How many trainings run at once, and the bytes for those side by side, where nothing else is asked for.
 *
 * @param cards graphics cards that share the trainings: each is given so many
 */
export function usualWork(store: Pick<Store, 'setting'>, cards = 1): UsualWork {
  const { workers, sharedMemory } = readSettings(store);
  return {
    workers: workers ?? Math.max(1, Math.floor(availableParallelism() / cards)),
    sharedMemory: sharedMemory === null ? defaultSharedMemory() : sharedMemory * 1e6,
  };
}

/**
 * Deletes the weights of a plan's finished transfers where only those of bases are to stay. Accuracies, curves and first-layer
 * filters are in the store. A network that others are still to be made from is a base.
 */
export function keepOnlyWhatIsWanted({ home, store }: Home, { runs }: Plan): void {
  if (readSettings(store).weights === 'all') return;
  const transfers = runs.filter(
    ({ key, treatment: { kind } }) => kind !== 'base' && store.latestCheckpoint(key)?.final,
  );
  for (const { key } of transfers) removeCheckpointFiles(home, store.removeCheckpoint(key));
}
