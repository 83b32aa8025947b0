import type { RunRecord, Store, StudyRecord, StudyRunRecord } from '../store/records.ts';
import { networkKindSchema } from '../common/treatments/schema.ts';
import { examplesOf, readIdentity } from '../study/run-record.ts';
import type { RunSummary } from '../api/contract/activity.ts';

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
    curveAt: store.curve(key).at(-1)?.step ?? 0,
  };
}

/** Top-1 of a finished run, else of its last evaluation so far. */
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
