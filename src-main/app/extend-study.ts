import { availableParallelism } from 'node:os';
import { counted } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { resolveNetwork } from '../network/network.ts';
import type { Store, StudyRecord } from '../store/records.ts';
import { analyse } from '../study/analysis/analysis.ts';
import { collectResults } from '../study/analysis/collect-report.ts';
import { extended, further, type Looks, looksOnceMore } from '../study/plan/extend.ts';
import { hasNetwork, type Only, type Protocol } from '../study/plan/protocol.ts';
import { type Focus, focusOn } from '../study/statements/focus.ts';
import { isSettled } from '../study/statements/judge.ts';
import { STATEMENTS, type Statement } from '../study/statements/statements.ts';
import type { StudyOutcome } from './application.ts';
import type { StoredStudy } from './stored/study.ts';

/** The statements that further replicates of a study can settle by themselves. */
const OWN = STATEMENTS.filter(({ halves }) => halves === 'own');

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
 * Adds replicates to a study, one at a time, until each of the paper's statements that it can test has an answer or is given up, or
 * until another would not end within the time; its outcome says which. Each has the treatments only that are compared by statements
 * without an answer, at some of their n. The level of the tests is spent over these looks. Throws a UserError where nothing can be
 * tested, and what `train` throws.
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
  // What a further replicate takes while nothing has an answer.
  const { only } = focusFor(OWN, found.protocol) ?? {};
  const begin = replicateSeconds(store, found.study.id, found.protocol, only) ?? seconds;
  const most = mostReplicates(found.protocol, seconds, begin);
  while (!outcome.stopped && outcome.failed === 0) {
    found = find(outcome.study.id);
    const { protocol } = found;
    const open = await openStatements(store, found, most);
    const left = open.filter(({ givenUp }) => !givenUp).map(({ statement }) => statement);
    const focus = focusFor(left, protocol);
    const each = replicateSeconds(store, found.study.id, protocol, focus?.only) ?? begin;
    const isLate = protocol.replicates.length >= most || performance.now() / 1000 + each > end;
    if (left.length === 0 || isLate) return { ...outcome, ended: endSentence(protocol, most, open) };
    outcome = await train(withLook(oneMore(protocol, focus), protocol, most), found);
  }
  return outcome;
}

/** Why no further replicate is trained. */
function endSentence({ replicates: { length } }: Protocol, most: number, open: readonly Open[]): string {
  const after = `after ${counted(length, 'replicate')}`;
  if (open.length === 0) return `Each statement that can be tested has an answer ${after}.`;
  const names = `Without an answer ${after}: ${open.map(({ statement }) => `“${statement.title}”`).join(', ')}.`;
  if (open.every(({ givenUp }) => givenUp))
    return `${names} More replicates would hardly settle that, so it was given up, and no more are trained.`;
  return `${names} ${length >= most ? 'These are the most replicates that were planned.' : 'One more would not end within the time.'}`;
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
function focusFor(open: readonly Statement[], protocol: Protocol): Focus | undefined {
  const { network, layers, treatments, examples, replicates } = protocol;
  const compared = new Set<string>(STATEMENTS.flatMap(({ minuend, subtrahend }) => [minuend, subtrahend]));
  if (examples || !treatments.every((kind) => compared.has(kind))) return undefined;
  const { depth } = resolveNetwork(network, 2);
  const { only, ...how } = focusOn(open, { depth, layers }, replicates, further(replicates)[0]);
  return { ...how, only: only.filter(({ kind }) => treatments.includes(kind)) };
}

function oneMore(protocol: Protocol, focus: Focus | undefined): Protocol {
  const before = protocol.replicates.length;
  const { replicates, ...rest } = extended(protocol, 1);
  return {
    ...rest,
    replicates: replicates.map((replicate, place) =>
      focus && place >= before ? { ...replicate, ...focus } : replicate,
    ),
  };
}

/** The results before were looked at, and those of the larger study will be. */
function withLook(larger: Protocol, smaller: Protocol, most: number): Protocol {
  return { ...larger, looks: looksOnceMore({ ...looksAt(smaller, most), most }, larger.replicates.length) };
}

const looksAt = ({ replicates, looks }: Protocol, most: number): Looks => looks ?? { at: [replicates.length], most };

/** A statement that has no answer yet, of any half. */
interface Open {
  readonly statement: Statement;
  /** Whether it is, of each half of which it is open. */
  readonly givenUp: boolean;
}

async function openStatements(store: Store, { study, protocol, index }: StoredStudy, most: number): Promise<Open[]> {
  const answersIn = async (judged: Protocol) => {
    const { answers } = analyse(await collectResults(store, study, judged, index));
    return answers.filter(({ verdict }) => verdict !== 'not tested');
  };
  const tested = await answersIn(protocol);
  if (tested.length === 0)
    throw new UserError(
      `None of the statements can be tested by study "${study.name}", so more replicates would not make them clear: its page says why.`,
    );
  if (tested.every(isSettled)) return [];
  // Whoever goes on has looked, which spends a part of the level.
  const looked = protocol.looks ? tested : await answersIn({ ...protocol, looks: looksAt(protocol, most) });
  return STATEMENTS.flatMap((statement) => {
    const open = looked.filter((answer) => answer.id === statement.id && !isSettled(answer));
    return open.length > 0 ? [{ statement, givenUp: open.every(({ givenUp }) => givenUp) }] : [];
  });
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
