import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { removeCheckpointFiles } from '../../store/cleanup.ts';
import type { CheckpointRecord, RestoredRun, RunRecord, Snapshot, Store, StudyRecord } from '../../store/records.ts';
import { readHome, type Home } from '../opened-home.ts';
import { findStoredStudy, type StoredStudy } from '../stored/study.ts';
import { runTask } from '../tasks/run-task.ts';
import { checkpointFile, movePretrained, pretrainedDestination } from './packed-pretrained.ts';
import { newPredictions } from './packed-predictions.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

export interface Restored {
  readonly study: StudyRecord;
  /** True where all of it was here already and nothing was changed. */
  readonly known: boolean;
}

/** The folder in which files are unpacked and checked before anything is restored from them. */
const restoringFolder = (home: string): string => join(home, 'restoring');

/** Removes what a killed process left behind. The caller must have just locked the home folder. */
export function removeUnpacked(home: string): void {
  rmSync(restoringFolder(home), { recursive: true, force: true });
}

/**
 * Restores a study from its file, all of it or nothing. Trainings that are finished here stay; of others, the file's is
 * taken where it is further. Throws a UserError where the file is unusable or contradicts what is here.
 */
export async function restoreStudy(home: Home, file: string, signal?: AbortSignal): Promise<Restored> {
  const folder = join(restoringFolder(home.home), randomBytes(8).toString('hex'));
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder });
  try {
    const { study } = await runTask({ type: 'unpack', file: resolve(file), folder }, { signal });
    return await readHome(folder, (unpacked) => mergeStudy(home, unpacked, study));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (readdirSync(dirname(folder)).length === 0) rmdirSync(dirname(folder));
  }
}

/** Merges an unpacked study into the home. It is synchronous, so that nobody can change the home in between. */
function mergeStudy(home: Home, from: Home, id: string): Restored {
  const unpacked = findStoredStudy(from, id);
  const here = home.store.studies().find((study) => study.id === id);
  checkImages(home, unpacked);
  const all = new Map(from.store.studyRuns(id).map(({ run, name, record }) => [run, { name, record }]));
  const taken = [...all]
    .filter(([key, { name, record }]) => isTaken(home.store.findRun(key), record, name))
    .map(([key]) => key);
  const checkpoints = [...all.keys()].flatMap((key) => newCheckpoint(home, from, key, taken) ?? []);
  const pretrained = pretrainedDestination(home.home, from.home, unpacked.protocol);
  const predictions = newPredictions(home.store, from.store, id);
  const found = taken.length + checkpoints.length + predictions.length > 0 || pretrained !== undefined;
  if (here && !found) return { study: here, known: true };
  if (here?.status === 'running')
    throw new UserError(`"${here.name}" is under way here: pause it, then open the file again.`);

  const moved = moveCheckpoints(home, from.home, checkpoints);
  try {
    if (pretrained) movePretrained(from.home, pretrained);
    const forgotten = home.store.restoreRuns(restoredRuns(from.store, taken), {
      record: unpacked.study,
      checkpoints: checkpoints.filter(({ run }) => !taken.includes(run)),
      places: from.store.studyRuns(id).map(({ record: _, ...place }) => place),
      images: from.store.knownImages(unpacked.protocol.data.id)!,
      origin: from.store.studyOrigin(id)!,
      annotation: from.store.annotation(id),
      predictions,
    });
    removeCheckpointFiles(home.home, forgotten);
    const { data, sourceSet } = unpacked.protocol;
    home.store.takeFromBin([data, sourceSet ?? []].flat().map((set) => ({ kind: 'images', id: set.id })));
  } catch (error) {
    removeCheckpointFiles(home.home, moved);
    if (pretrained) rmSync(pretrained, { force: true });
    throw error;
  }
  return { study: home.store.findStudy(id)!, known: false };
}

/** Throws a UserError where the images of this id are here and differ. */
function checkImages({ home, store }: Home, { protocol, index }: StoredStudy): void {
  const set = store.findImageSet(protocol.data.id);
  if (set?.id !== index.id) return;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const { size, classes, trainImages, heldOutImages } = set;
  const [train, heldOut] = [sum(index.trainCounts), sum(index.heldOutCounts)];
  if (size === index.size && classes === index.classes.length && trainImages === train && heldOutImages === heldOut)
    return;
  throw new UserError(
    `The study's file describes the images "${set.name}" differently from ${home}: it was changed or damaged. Nothing was changed.`,
  );
}

/** Whether the file's training replaces what is here. Throws a UserError where both are finished and differ. */
function isTaken(here: RunRecord | undefined, packed: RunRecord, name: string): boolean {
  if (!here) return true;
  const finished = packed.status === 'finished';
  if (here.status === 'finished') {
    if (finished && (here.correct !== packed.correct || here.total !== packed.total || here.loss !== packed.loss))
      throw new UserError(
        `${name} has other results here than in the study's file: it was trained on machines or with versions that compute differently. Nothing was changed; open the file in another home folder (--home DIR).`,
      );
    return false;
  }
  if (here.status === 'running') return false;
  return finished || packed.step > here.step;
}

/** The file's checkpoint of a training that is taken from it, or whose checkpoint is lost here. */
function newCheckpoint(home: Home, from: Home, key: string, taken: readonly string[]): CheckpointRecord | undefined {
  const packed = from.store.latestCheckpoint(key);
  if (!packed) return undefined;
  if (taken.includes(key)) return packed;
  const here = home.store.latestCheckpoint(key);
  const lost = !here || !existsSync(join(home.home, here.file));
  return lost && home.store.findRun(key)?.status === 'finished' && packed.final ? packed : undefined;
}

/** Moves checkpoints to their places in the home, before the store knows them. Returns those that were moved. */
function moveCheckpoints(
  { home, store }: Home,
  folder: string,
  checkpoints: readonly CheckpointRecord[],
): CheckpointRecord[] {
  const moved: CheckpointRecord[] = [];
  for (const checkpoint of checkpoints) {
    const known = store.latestCheckpoint(checkpoint.run);
    // A file that the store knows stays, as long as it exists.
    if (known?.file === checkpoint.file && existsSync(join(home, known.file))) {
      if (known.sha256 === checkpoint.sha256) continue;
      removeCheckpointFiles(home, moved);
      throw new UserError(
        `The weights of a training (${checkpoint.run.slice(0, 8)}) differ from those that are here. Nothing was changed; open the file in another home folder (--home DIR).`,
      );
    }
    const place = join(home, checkpoint.file);
    mkdirSync(dirname(place), { recursive: true, mode: OWNER_ONLY.folder });
    renameSync(checkpointFile(folder, checkpoint.run), place);
    moved.push(checkpoint);
  }
  return moved;
}

function snapshotsOf(from: Store, run: string): Snapshot[] {
  const layers = new Map(from.layerQualities(run).map((one) => [one.step, one.layers]));
  return from.snapshots(run).map(({ step }) => {
    const weight = from.snapshot(run, step)!;
    return { step, weight, ...(layers.has(step) && { layers: layers.get(step)! }) };
  });
}

/** Reads one training after the other, as they are asked for, so that memory does not grow. */
function* restoredRuns(from: Store, taken: readonly string[]): Generator<RestoredRun> {
  for (const run of taken)
    yield {
      record: from.findRun(run)!,
      curve: from.curve(run),
      evaluations: from.evaluations(run),
      snapshots: snapshotsOf(from, run),
      answers: from.answers(run),
      checkpoint: from.latestCheckpoint(run),
    };
}
