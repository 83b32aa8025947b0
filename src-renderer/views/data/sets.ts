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

/** Of a path the last part, with either slash. */
export const lastPart = (path: string): string => path.split(/[/\\]/).findLast(Boolean) ?? path;

/** Whether a set's source is what a browser sent (src-main/app/uploads.ts): its path says nothing to anybody. */
export const isUpload = (source: string, home: string): boolean => {
  const plain = (path: string) => path.replaceAll('\\', '/');
  return plain(source).startsWith(`${plain(home)}/uploads/`);
};

/** What main says of an upload, with the name that a person knows it by instead of the path that it was given. */
export const named = (sentence: string, { path, name }: { path: string | null; name: string }, home: string): string =>
  path !== null && isUpload(path, home) ? sentence.replaceAll(path, () => name) : sentence;
