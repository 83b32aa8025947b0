import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KEPT_DAYS } from '../common/contract/bin.ts';
import { byteSize, counted } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { removeCachedSearches } from '../filters/fit/fit-cache.ts';
import { isFolder, removeCheckpointFiles } from '../store/cleanup.ts';
import type { BinKind, ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import { protocolIn } from '../study/plan/protocol.ts';
import type { Home } from './opened-home.ts';
import { removeOrphanResults } from './stored/kept-results.ts';

const DAY = 86_400_000;

/** Something that was deleted and can be brought back. */
export interface Deleted {
  readonly kind: BinKind;
  readonly id: string;
  readonly name: string;
  /** When it was deleted, and when it goes for good: ISO 8601, UTC. */
  readonly deleted: string;
  readonly until: string;
  /** Bytes of files that nothing else needs: what is freed once it goes for good. */
  readonly bytes: number;
}

/** All that was deleted and can be brought back, the newest first. */
export function deletedThings(home: Home): Deleted[] {
  const { store } = home;
  return store
    .bin()
    .reverse()
    .flatMap(({ kind, id, deleted }): Deleted[] => {
      const record = kind === 'study' ? deletedStudy(store, id) : deletedImages(store, id);
      if (!record || deleted === '') return [];
      const until = new Date(Date.parse(deleted) + KEPT_DAYS * DAY).toISOString();
      const bytes = 'folder' in record ? folderBytes(home, record) : bytesOfStudy(store, id);
      return [{ kind, id, name: record.name, deleted, until, bytes }];
    });
}

/** Finds what was deleted by its id, its name or the beginning of its id. Throws a UserError where it is none or could be several. */
export function findDeleted(home: Home, kind: BinKind, reference: string): Deleted {
  const all = deletedThings(home).filter((one) => one.kind === kind);
  const exact = all.find(({ id, name }) => id === reference || name === reference);
  const starting = all.filter(({ id }) => id.startsWith(reference));
  if (exact ?? starting.length === 1) return exact ?? starting[0];
  const what = kind === 'study' ? 'study' : 'image set';
  throw new UserError(
    starting.length > 1
      ? `"${reference}" could be any of ${starting.map(({ id }) => id).join(', ')}. Give more of the id.`
      : `There is no deleted ${what} "${reference}" that could be brought back.`,
    { usage: true },
  );
}

const deletedStudy = (store: Store, id: string): StudyRecord | undefined =>
  store.deletedStudies().find((study) => study.id === id);
const deletedImages = (store: Store, id: string): ImageSetRecord | undefined =>
  store.deletedImageSets().find((set) => set.id === id);

/** Deletes a study so that it can be brought back: nothing of it is removed yet. It must not be running. */
export function deleteStudy({ store }: Home, id: string): void {
  store.putInBin({ kind: 'study', id, deleted: new Date().toISOString() });
}

/** The studies that use an image set, but for deleted ones. */
export const usersOf = (store: Store, set: string): StudyRecord[] =>
  store.studies().filter((study) => imagesOf(study).includes(set));

/** Deletes an image set so that it can be brought back. Throws a UserError where a study uses it. */
export function deleteImages({ store }: Home, { id, name }: ImageSetRecord): void {
  const users = usersOf(store, id);
  if (users.length > 0)
    throw new UserError(
      `The study "${users[0].name}"${users.length > 1 ? ` (and ${users.length - 1} more)` : ''} uses "${name}": delete the studies first, then the images.`,
    );
  store.putInBin({ kind: 'images', id, deleted: new Date().toISOString() });
}

/** Brings back what was deleted, a study with its images. Throws a UserError where it has gone for good. */
export function bringBack({ store }: Home, kind: BinKind, id: string): void {
  const study = kind === 'study' ? deletedStudy(store, id) : undefined;
  if (!study && !(kind === 'images' && deletedImages(store, id))) throw gone(id);
  store.takeFromBin([
    { kind, id },
    ...(study ? imagesOf(study).map((set) => ({ kind: 'images' as const, id: set })) : []),
  ]);
}

/**
 * Removes for good what was deleted, with files that nothing else needs. Returns the bytes of those. A process that dies meanwhile
 * leaves it to the next start. Throws a UserError where it has gone already, and for images of a deleted study, which
 * could not go on without them.
 */
export function removeForGood(home: Home, kind: BinKind, id: string): number {
  const { store } = home;
  if (kind === 'study') {
    if (!deletedStudy(store, id)) throw gone(id);
    const bytes = bytesOfStudy(store, id);
    store.removeStudy(id);
    removeUnusedRuns(home);
    removeOrphanResults(home);
    return bytes;
  }
  const set = deletedImages(store, id);
  if (!set) throw gone(id);
  const user = store.deletedStudies().find((study) => imagesOf(study).includes(id));
  if (user)
    throw new UserError(
      `The deleted study "${user.name}" uses "${set.name}", and could not go on without it: delete that for good first.`,
    );
  const bytes = folderBytes(home, set);
  store.putInBin({ kind, id, deleted: '' });
  rmSync(join(home.home, 'data', set.folder), { recursive: true, force: true });
  store.removeImageSet(id);
  return bytes;
}

const gone = (id: string): UserError =>
  new UserError(`There is no ${id} among what was deleted: it has gone for good.`);

/** Removes trainings that no study has, deleted ones included, with their files. */
function removeUnusedRuns({ home, store }: Home): void {
  for (const run of store.unusedRuns()) {
    removeCheckpointFiles(home, store.removeRun(run));
    removeCachedSearches(home, run);
  }
}

/**
 * Removes for good what was deleted long ago, and what a process that died was about to remove. The caller has just locked the
 * home. Returns a sentence about it; undefined where there was nothing.
 */
export function emptyBin(home: Home): string | undefined {
  removeUnusedRuns(home);
  const before = new Date(Date.now() - KEPT_DAYS * DAY).toISOString();
  // Studies go before their images, which they need.
  const over = home.store
    .bin()
    .filter(({ deleted }) => deleted < before)
    .sort((one, other) => Number(one.kind === 'images') - Number(other.kind === 'images'));
  let bytes = 0;
  let removed = 0;
  for (const { kind, id } of over) {
    if (kind === 'images' && home.store.deletedStudies().some((study) => imagesOf(study).includes(id))) continue;
    bytes += removeForGood(home, kind, id);
    removed += 1;
  }
  return removed === 0
    ? undefined
    : `${counted(removed, 'thing')} that ${removed === 1 ? 'was' : 'were'} deleted more than ${KEPT_DAYS} days ago ${removed === 1 ? 'has' : 'have'} gone for good: ${byteSize(bytes)} of disk are free again.`;
}

/** The ids of the image sets that a study needs. */
function imagesOf({ protocol }: StudyRecord): string[] {
  const read = protocolIn(protocol);
  return read ? [read.data, read.sourceSet ?? []].flat().map(({ id }) => id) : [];
}

/** Bytes of the weights that this study has alone. */
function bytesOfStudy(store: Store, id: string): number {
  const others = [...store.studies(), ...store.deletedStudies()].filter((study) => study.id !== id);
  const shared = new Set(others.flatMap((study) => store.studyRuns(study.id).map(({ run }) => run)));
  const own = new Set(store.studyRuns(id).map(({ run }) => run));
  return [...own]
    .filter((run) => !shared.has(run))
    .reduce((sum, run) => sum + (store.latestCheckpoint(run)?.bytes ?? 0), 0);
}

function folderBytes({ home }: Home, { folder }: ImageSetRecord): number {
  const at = join(home, 'data', folder);
  if (!isFolder(at)) return 0;
  return readdirSync(at).reduce(
    (sum, name) => sum + (statSync(join(at, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
