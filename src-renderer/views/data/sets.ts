import type { ImageSetSummary } from '../../../src-main/api/contract/images.ts';

/** What stands for the built-in images where an image set is named (contract/studies.ts). */
export const DEAD_LEAVES = 'dead-leaves';

/**
 * The set to show: the one in the address, else the one that was chosen for the study, else the newest of one's own, else
 * the built-in images. Ids of sets that are gone are passed over.
 */
export function shownSet(subject: string, chosen: string | undefined, sets: readonly ImageSetSummary[]): string {
  const there = (id: string | undefined): id is string => id === DEAD_LEAVES || sets.some((set) => set.id === id);
  return [subject, chosen, sets.find(({ builtIn }) => !builtIn)?.id].find(there) ?? DEAD_LEAVES;
}
