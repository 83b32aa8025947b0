import { availableParallelism } from 'node:os';
import { UserError } from '../errors.ts';
import { resolveNetwork } from '../network/network.ts';
import type { Store, StudyRecord } from '../store/records.ts';
import { analyse } from '../study/analysis/analysis.ts';
import { collectResults } from '../study/analysis/collect-report.ts';
import { extended, further } from '../study/plan/extend.ts';
import { hasNetwork, type Only, type Protocol } from '../study/plan/protocol.ts';
import { neededBy } from '../study/statements/looks.ts';
import { STATEMENTS, type Statement } from '../study/statements/statements.ts';
import type { StudyOutcome } from './application.ts';
import type { StoredStudy } from './stored/study.ts';

/** Replicates beyond which one does not go on, however much time there is. */
const MOST_LOOKED = 64;

/**
 * Seconds that a further replicate of a study takes on this machine, by what its finished trainings took; null where none is
 * finished.
 *
 * @param only the treatments that it has; absent: all
 */
export function replicateSeconds(
  store: Store,
  study: string,
  { replicates }: Pick<Protocol, 'replicates'>,
  only?: Only,
): number | null {
  const runs = store
    .studyRuns(study)
    .filter(
      ({ replicate, kind, n, record }) => replicate === 0 && record.status === 'finished' && hasNetwork(only, kind, n),
    );
  const once = [...new Map(runs.map(({ run, record }) => [run, record])).values()];
  if (once.length === 0) return null;
  const cores = availableParallelism();
  const work = once.reduce((sum, { seconds, threads }) => sum + seconds * Math.min(threads ?? 1, cores), 0);
  return (further(replicates).length * work) / cores;
}

/** Trains a protocol, whose study stands for a smaller one from then on. */
type Train = (protocol: Protocol, from: StoredStudy) => Promise<StudyOutcome>;

/**
 * Adds replicates to a study, one at a time, until each of the paper's statements that it can test has an answer, or until
 * another would not end within the time. Each has the treatments only that are compared by statements without an answer. The
 * level of the tests is spent over these looks. Throws a UserError where nothing can be tested, and what `train` throws.
 *
 * @param find the study as it is stored
 */
export async function goOnUntilClear(
  store: Store,
  find: (id: string) => StoredStudy,
  reference: string,
  seconds: number,
  train: Train,
): Promise<StudyOutcome> {
  const end = performance.now() / 1000 + seconds;
  let found = find(reference);
  let outcome: StudyOutcome = { study: found.study, failed: 0, stopped: false };
  // A study that was paused is finished first.
  if (found.study.status !== 'finished') outcome = await train(found.protocol, found);
  const begin = replicateSeconds(store, found.study.id, found.protocol) ?? seconds;
  const most = mostReplicates(found.protocol, seconds, begin);
  while (!outcome.stopped && outcome.failed === 0) {
    found = find(outcome.study.id);
    const { protocol } = found;
    const open = await withoutAnswer(store, found);
    if (open.length === 0) break;
    const only = onlyFor(open, protocol);
    const each = replicateSeconds(store, found.study.id, protocol, only) ?? begin;
    if (protocol.replicates.length >= most || performance.now() / 1000 + each > end) break;
    outcome = await train(withLook(oneMore(protocol, only), protocol, most), found);
  }
  return outcome;
}

function mostReplicates({ replicates, looks }: Protocol, seconds: number, each: number): number {
  const step = further(replicates).length;
  const more = step * Math.max(1, Math.floor(seconds / Math.max(each, 1)));
  // What was planned first decides what was spent.
  return looks?.most ?? Math.max(replicates.length + step, Math.min(MOST_LOOKED, replicates.length + more));
}

/**
 * What a further replicate must have. Undefined, which is everything, where treatments are compared that no statement is about,
 * or few target examples with many.
 */
function onlyFor(open: readonly Statement[], { network, layers, treatments, examples }: Protocol): Only | undefined {
  const compared = new Set<string>(STATEMENTS.flatMap(({ minuend, subtrahend }) => [minuend, subtrahend]));
  if (examples || !treatments.every((kind) => compared.has(kind))) return undefined;
  return neededBy(open, resolveNetwork(network, 2).depth).flatMap(({ kind, layers: needed }) => {
    const trained = needed.filter((n) => layers.includes(n));
    return treatments.includes(kind) && trained.length > 0 ? [{ kind, layers: trained }] : [];
  });
}

function oneMore(protocol: Protocol, only: Only | undefined): Protocol {
  const before = protocol.replicates.length;
  const { replicates, ...rest } = extended(protocol, 1);
  return {
    ...rest,
    replicates: replicates.map((replicate, place) => (only && place >= before ? { ...replicate, only } : replicate)),
  };
}

/** The results before were looked at, and those of the larger study will be. */
function withLook(larger: Protocol, { replicates, looks }: Protocol, most: number): Protocol {
  const at = looks?.at ?? [replicates.length];
  return {
    ...larger,
    looks: { at: [...at, larger.replicates.length], most: Math.max(most, larger.replicates.length) },
  };
}

/** The statements that can be tested and have no answer yet, of any half. */
async function withoutAnswer(store: Store, { study, protocol, index }: StoredStudy): Promise<Statement[]> {
  const { answers } = analyse(await collectResults(store, study, protocol, index));
  const tested = answers.filter(({ verdict }) => verdict !== 'not tested');
  if (tested.length === 0)
    throw new UserError(
      `None of the statements can be tested by study "${study.name}", so more replicates would not make them clear: its page says why.`,
    );
  const open = new Set(tested.filter(({ verdict }) => verdict === 'not enough runs').map(({ id }) => id));
  return STATEMENTS.filter(({ id }) => open.has(id));
}

/** What a larger study takes over of the one that it stands for. */
export const takenOver = ({
  name,
  created,
  seconds,
}: StudyRecord): Pick<StudyRecord, 'name' | 'created' | 'seconds'> => ({
  name,
  created,
  seconds,
});
