import { join } from 'node:path';
import type { RunSummary } from '../../common/contract/activity.ts';
import type { StudySummary } from '../../common/contract/studies.ts';
import { networkKindSchema } from '../../common/treatments/schema.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { indexSchema } from '../../data/packed/format.ts';
import { readImageSetIndex } from '../../data/packed/open.ts';
import { UserError } from '../../errors.ts';
import type { ImageSetRecord, RunRecord, Store, StudyRecord, StudyRunRecord } from '../../store/records.ts';
import { type Protocol, readProtocol } from '../../study/plan/protocol.ts';
import { examplesOf, readIdentity } from '../../study/plan/run-record.ts';
import type { Home } from '../opened-home.ts';

/** A stored study and its images. */
export interface StoredStudy {
  readonly study: StudyRecord;
  readonly protocol: Protocol;
  /** Undefined where the study came as a file and its images were never here. */
  readonly record: ImageSetRecord | undefined;
  readonly index: ImageSetIndex;
}

/** Finds a study by id, its beginning, or name. Throws a UserError where it or its images are missing or damaged. */
export function findStoredStudy({ home, store }: Home, reference: string): StoredStudy {
  const study = store.findStudy(reference);
  if (!study)
    throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
  const protocol = readProtocol(study);
  const record = store.findImageSet(protocol.data.id);
  if (record) return { study, protocol, record, index: readIndex(home, record) };
  const known = knownImages(store, protocol.data.id);
  if (known) return { study, protocol, record, index: known };
  throw new UserError(`The images of this study (${protocol.data.name}) are no longer in ${home}; import them again.`);
}

/** The record of a set whose pixels are needed. Throws a UserError where only studies that used it are here. */
export function presentImages({ home, store }: Home, id: string): ImageSetRecord {
  const record = store.findImageSet(id);
  if (record?.id === id) return record;
  const known = knownImages(store, id);
  if (!known) throw new UserError(`There is no image set ${id} in ${home}: it may have been deleted. Choose another.`);
  const { name, size } = known;
  throw new UserError(
    `The images of this study ("${name}") are not here: it was trained elsewhere and came as a file. Import the same images, stored at ${size} x ${size} pixels, then try again.`,
  );
}

/** The index of images that a study in a file brought with it; undefined where there is no such study. */
export function knownImages(store: Store, id: string): ImageSetIndex | undefined {
  const known = store.knownImages(id);
  return known === undefined ? undefined : indexSchema.parse(JSON.parse(known));
}

/** The index of a stored image set. Throws a UserError where it is missing or damaged. */
export function readIndex(home: string, { folder }: ImageSetRecord): ImageSetIndex {
  return readImageSetIndex(join(home, 'data', folder));
}

/**
 * A stored study as lists show it.
 *
 * @param live its trainings, where it is under way: nothing is read of them
 */
export function studySummary(store: Store, record: StudyRecord, live?: readonly RunSummary[]): StudySummary {
  const { protocol: _, ...study } = record;
  const { data, network, replicates, layers, treatments, examples = [] } = readProtocol(record);
  const runs = live?.map(({ state }) => state) ?? store.studyRuns(study.id).map(({ record }) => record.status);
  const count = (status: string) => runs.filter((other) => other === status).length;
  return {
    ...study,
    data,
    network: network.name,
    replicates: replicates.length,
    layers,
    treatments,
    examples,
    trainings: runs.length,
    trained: count('finished'),
    failed: count('failed'),
    ...store.annotation(study.id),
  };
}

/** The trainings of a stored study, in the order of its plan. */
export function storedRuns(store: Store, study: StudyRecord): RunSummary[] {
  const runs = store.studyRuns(study.id);
  const failed = new Set(runs.filter(({ record }) => record.status === 'failed').map(({ run }) => run));
  return runs.map((run) => storedRun(store, run, study, failed));
}

function storedRun(
  store: Store,
  { name, replicate, kind, n, target, record }: StudyRunRecord & { record: RunRecord },
  study: StudyRecord,
  failed: ReadonlySet<string>,
): RunSummary {
  const { key, step, steps, loss, seconds, error } = record;
  const identity = readIdentity(record);
  const { source } = identity;
  const skipped = record.status === 'planned' && study.status !== 'running' && source !== null && failed.has(source);
  return {
    ...{ key, name, replicate, n, target, source, step, steps, loss, seconds },
    kind: networkKindSchema.parse(kind),
    examples: examplesOf(identity),
    state: skipped ? 'skipped' : record.status,
    reused: record.finished !== null && record.finished < study.created,
    accuracy: accuracyOf(store, record),
    imagesPerSecond: null,
    secondsLeft: null,
    problem: skipped ? 'The base network that its first layers come from did not finish.' : error,
    filtersAt: newestFilters(store, key),
    curveAt: store.curveEnd(key) ?? 0,
  };
}

/** Top-1 accuracy of a finished run, else of its last evaluation so far, 0..1. */
function accuracyOf(store: Store, { key, correct, total }: RunRecord): number | null {
  if (correct !== null && total) return correct / total;
  const last = store.evaluations(key).at(-1);
  return last ? last.correct / last.total : null;
}

/** The step of the newest first-layer filters that are stored: of the history or of the checkpoint. */
function newestFilters(store: Store, run: string): number | null {
  const history = store.snapshots(run).at(-1)?.step ?? -1;
  const checkpoint = store.latestCheckpoint(run)?.step ?? -1;
  const newest = Math.max(history, checkpoint);
  return newest < 0 ? null : newest;
}
