import { type Half, other, treatmentName } from '../../common/treatments/treatments.ts';
import type { RunRecord, Store, StudyRunRecord } from '../../store/records.ts';
import { namedBases } from '../results/not-learnt.ts';
import { type MeasuredPrediction, readPrediction } from './transfer-prediction.ts';

/** A transfer of a study: from the base of one half to the other half, in one replicate. */
export interface Transfer {
  readonly replicate: number;
  /** The half that is transferred to. */
  readonly target: Half;
  /** Keys of the two bases, under which predictions are stored. */
  readonly source: string;
  readonly own: string;
  readonly state: TransferState;
  readonly measured: readonly MeasuredAccuracy[];
}

type TransferState =
  | { readonly state: 'measured'; readonly prediction: MeasuredPrediction }
  /** It can be measured. */
  | { readonly state: 'waiting' }
  /** It can't be measured, and why. */
  | { readonly state: 'problem'; readonly obstacle: Obstacle };

/** Top-1 of AnB and AnB+, fractions; null where that network has no result. */
export interface MeasuredAccuracy {
  readonly n: number;
  readonly transfer: number | null;
  readonly 'transfer+': number | null;
}

type StudyRun = StudyRunRecord & { readonly record: RunRecord };

/** The transfers of a study, as far as they were planned, with what is known of each. */
export function transfersOf(store: Store, study: string): Transfer[] {
  const runs = store.studyRuns(study);
  const replicates = [...new Set(runs.map(({ replicate }) => replicate))].sort((a, b) => a - b);
  return replicates.flatMap((replicate) => {
    const own = runs.filter((run) => run.replicate === replicate);
    return (['B', 'A'] as const).flatMap((target) => transferOf(store, own, target) ?? []);
  });
}

function transferOf(store: Store, runs: readonly StudyRun[], target: Half): Transfer | undefined {
  const measured = measuredAccuracies(runs, target);
  const [source, own] = [other(target), target].map((half) => runs.find(({ name }) => name === `base${half}`));
  if (measured.length === 0 || !source || !own) return undefined;
  const state = stateOf(store, source, own);
  return { replicate: own.replicate, target, source: source.run, own: own.run, state, measured };
}

function measuredAccuracies(runs: readonly StudyRun[], target: Half): MeasuredAccuracy[] {
  const named = new Map(runs.map(({ name, record }) => [name, record]));
  const transferred = runs.filter(
    (run) => run.target === target && KINDS.some((kind) => run.name === nameOf(kind, run)),
  );
  const layers = [...new Set(transferred.map(({ n }) => n))].sort((a, b) => a - b);
  const accuracy = (kind: (typeof KINDS)[number], n: number) => accuracyOf(named.get(nameOf(kind, { n, target })));
  return layers.map((n) => ({ n, transfer: accuracy('transfer', n), 'transfer+': accuracy('transfer+', n) }));
}

const KINDS = ['transfer', 'transfer+'] as const;
const nameOf = (kind: (typeof KINDS)[number], { n, target }: Pick<StudyRun, 'n' | 'target'>) =>
  treatmentName({ kind, n, target });

function accuracyOf(record: RunRecord | undefined): number | null {
  return record?.status === 'finished' && record.correct !== null && record.total
    ? record.correct / record.total
    : null;
}

function stateOf(store: Store, source: StudyRun, own: StudyRun): TransferState {
  const facts = store.prediction(source.run, own.run);
  const known = facts === undefined ? undefined : readPrediction(facts);
  if (known?.state === 'measured') return { state: 'measured', prediction: known };
  const problem = (why: ObstacleKind, { name, replicate }: StudyRun): TransferState => {
    return { state: 'problem', obstacle: { why, base: name, replicate } };
  };
  if (known) return problem('diverged', known.base === 'source' ? source : own);
  const untrained = [source, own].find(({ record }) => record.status !== 'finished');
  if (untrained) return problem(untrained.record.status === 'failed' ? 'failed' : 'untrained', untrained);
  const lost = [source, own].find(({ run }) => !store.latestCheckpoint(run)?.final);
  return lost ? problem('no weights', lost) : { state: 'waiting' };
}

type ObstacleKind = 'diverged' | 'failed' | 'untrained' | 'no weights';

/** Why a transfer can't be measured: something about one of its two bases. */
export interface Obstacle {
  readonly why: ObstacleKind;
  /** `baseA` */
  readonly base: string;
  readonly replicate: number;
}

const SENTENCES: Readonly<Record<ObstacleKind, (bases: string, several: boolean) => string>> = {
  diverged: (bases) =>
    `The outputs of ${bases} are not numbers: the training diverged, so nothing can be predicted from it. Start a new study with a lower learning rate.`,
  failed: (bases) => `The training of ${bases} failed: try it again, then compute the predictors.`,
  untrained: (bases, several) =>
    `${bases} ${several ? 'are' : 'is'} not trained yet: predictors can be computed once ${several ? 'they are' : 'it is'}.`,
  'no weights': (bases) =>
    `The weights of ${bases} are not here: the study came as a file without them. Where it was trained, have it packed with those of its bases (“study pack --checkpoints bases”).`,
};

/** One sentence for each kind of obstacle, which names the bases that it is about, each once. */
export const obstacleSentences = (obstacles: readonly Obstacle[]): string[] =>
  [...Map.groupBy(obstacles, ({ why }) => why)].map(([why, alike]) => {
    const bases = namedBases(alike.map(({ base, replicate }) => ({ name: base, replicate })));
    return SENTENCES[why](bases, alike.length > 1);
  });
