import { join } from 'node:path';
import { placeSchema } from '../../cluster/spool/result-file.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { withoutFileNames } from '../../data/packed/file-names.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork, type Parameter } from '../../network/network.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import type { RunRecord, Store, StudyRecord, StudyRunRecord } from '../../store/records.ts';
import { findCompanion } from '../results/companion.ts';
import { filtersOverTime, type FiltersAtStep } from '../results/filters-over-time.ts';
import { planStudy } from '../plan/plan.ts';
import { examplesOf, readIdentity, readTiming } from '../plan/run-record.ts';
import { originOf } from './origin.ts';
import { predictionView } from '../prediction/prediction-view.ts';
import type { Protocol } from '../plan/protocol.ts';
import { commandOf } from '../plan/repeat.ts';
import { cachedSearch, type OwnedBank } from '../../filters/fit/fit-cache.ts';
import { layerLooks, lookedAtKernels } from '../../filters/layer-looks.ts';
import type { Weights } from '../../network/weights.ts';
import type { ReportedFilters, ReportedLooks, ReportedRun, StudyReport } from './study-report.ts';
import { firstLayerBanks } from './first-layer.ts';
import { parameterCounts } from '../plan/parameter-counts.ts';
import { networkKindSchema } from '../../common/treatments/schema.ts';

type StudyRun = StudyRunRecord & { record: RunRecord };

/**
 * Gathers everything that is stored about a study, from which the report is written.
 *
 * @param fitAhead is given all filters that this and the report fit, before any is
 */
export async function collectReport(
  store: Store,
  home: string,
  study: StudyRecord,
  protocol: Protocol,
  index: ImageSetIndex,
  fitAhead: (banks: readonly OwnedBank[]) => Promise<void> = () => Promise.resolve(),
): Promise<StudyReport> {
  const facts = await collectResults(store, study, protocol, index);
  const runs = store.studyRuns(study.id);
  const filters = await firstLayers(store, home, runs, protocol);
  const pairs = await basePairs(store, home, runs, protocol);
  const network = resolveNetwork(protocol.network, 2);
  const replicates = protocol.replicates.length;
  const kernels = pairs.flatMap(({ bases }) =>
    bases.flatMap(({ run: owner, weights }) =>
      lookedAtKernels(network, weights, replicates).map((weight) => ({ owner, weight })),
    ),
  );
  await fitAhead([...firstLayerBanks(filters), ...kernels]);
  const searchOf = (owner: string) => cachedSearch(home, owner);
  const looks = pairs.map(({ replicate, bases: [a, b] }): ReportedLooks => {
    const fits = [a, b].map(({ run: owner }) => ({ owner, searchOf, replicates }));
    return {
      replicate,
      layers: layerLooks(network, [a.weights, b.weights], fits),
      ...historyOf(store, [a.run, b.run]),
    };
  });
  return { ...facts, filters, looks };
}

/** Gathers all but the first-layer weights, which are read from files. The window shows this. */
export async function collectResults(
  store: Store,
  study: StudyRecord,
  protocol: Protocol,
  index: ImageSetIndex,
): Promise<StudyReport> {
  const plan = planStudy(protocol, index);
  const runs = store.studyRuns(study.id);
  // The names of the pixel files matter only within this home.
  const { shards: _, ...dataset } = withoutFileNames(index);
  return {
    study,
    protocol,
    dataset,
    splits: plan.replicates.map(({ splitSeed, trainingSeed, split }, replicate) => ({
      replicate,
      splitSeed,
      trainingSeed,
      ...split,
    })),
    runs: runs.map((run) => reportRun(store, run, study)),
    companion: findCompanion(store, study.id, protocol),
    filters: [],
    ...predictorsOf(store, study.id),
    ...placesOf(store, runs),
    ...(await originOf(store, study.id)),
    command: commandOf(protocol, index),
  };
}

/** The predictors, if any have been computed. */
function predictorsOf(store: Store, study: string): Pick<StudyReport, 'predictors'> {
  const predictors = predictionView(store, study);
  return predictors.measured > 0 ? { predictors } : {};
}

/** Where runs were trained on a cluster, if any were. */
function placesOf(store: Store, runs: readonly StudyRun[]): Pick<StudyReport, 'places'> {
  const keys = [...new Set(runs.map(({ run }) => run))];
  const places = keys.flatMap((key) => {
    const facts = store.place(key);
    return facts === undefined ? [] : [{ run: key, ...placeSchema.parse(JSON.parse(facts)) }];
  });
  return places.length > 0 ? { places } : {};
}

function reportRun(store: Store, run: StudyRun, study: StudyRecord): ReportedRun {
  const { record } = run;
  const { key, seed, correct, total, loss, seconds, steps, error, threads, engineVersion } = record;
  const identity = readIdentity(record);
  const { source } = identity;
  const { trained, total: parameters } = parameterCounts(identity, steps);
  const sourceFailed = source ? store.findRun(source)?.status === 'failed' : false;
  return {
    ...{
      name: run.name,
      kind: networkKindSchema.parse(run.kind),
      n: run.n,
      target: run.target,
      examples: examplesOf(identity),
    },
    ...{ replicate: run.replicate, key, seed, correct, total, loss, seconds, steps, error, threads, engineVersion },
    ...{ trained, parameters },
    status: record.status === 'planned' && sourceFailed && study.status !== 'running' ? 'skipped' : record.status,
    timing: readTiming(record),
    curve: store.curve(key),
    evaluations: store.evaluations(key),
    answers: record.status === 'finished' ? store.answers(key) : undefined,
  };
}

interface LookedAtBase {
  readonly run: string;
  readonly weights: Weights;
}

/** The kernels of baseA and baseB of each replicate that both are here of, where AnB is compared with BnB. */
async function basePairs(
  store: Store,
  home: string,
  runs: readonly StudyRun[],
  protocol: Protocol,
): Promise<{ readonly replicate: number; readonly bases: readonly [LookedAtBase, LookedAtBase] }[]> {
  if (!(['transfer', 'selffer'] as const).every((kind) => protocol.treatments.includes(kind))) return [];
  const pairs: Awaited<ReturnType<typeof basePairs>> = [];
  for (const replicate of protocol.replicates.keys()) {
    const [a, b] = await Promise.all(
      ['baseA', 'baseB'].map(async (name): Promise<LookedAtBase | undefined> => {
        const isBase = (run: StudyRun) => run.name === name && run.replicate === replicate;
        const base = runs.find((run) => isBase(run) && run.record.status === 'finished');
        const weights = base && (await kernelsOf(store, home, base, protocol));
        return weights && { run: base.run, weights };
      }),
    );
    if (a && b) pairs.push({ replicate, bases: [a, b] });
  }
  return pairs;
}

/** Numbers about layers at the steps that both bases have, as means. */
function historyOf(store: Store, [a, b]: readonly [string, string]): Pick<ReportedLooks, 'history'> {
  const other = new Map(store.layerQualities(b).map(({ step, layers }) => [step, layers]));
  const history = store.layerQualities(a).flatMap(({ step, layers }) => {
    const beside = other.get(step);
    if (!beside) return [];
    const means = layers.map(({ n, sparsity, orthogonality }, place) => ({
      n,
      sparsity: (sparsity + beside[place].sparsity) / 2,
      orthogonality: (orthogonality + beside[place].orthogonality) / 2,
    }));
    return [{ step, layers: means }];
  });
  return history.length > 0 ? { history } : {};
}

/** The kernels of all layers but the last; undefined where they are not here, or damaged. */
async function kernelsOf(
  store: Store,
  home: string,
  run: StudyRun,
  { network }: Protocol,
): Promise<Weights | undefined> {
  const checkpoint = store.latestCheckpoint(run.run);
  if (!checkpoint) return undefined;
  const { parameters, depth } = resolveNetwork(network, 2);
  const kernels = parameters.filter(({ n, role, shape }) => n < depth && role === 'weight' && shape.length > 1);
  try {
    const file = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
    return (await readCheckpoint(file, { parameters: kernels })).weights;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The first-layer weights of the finished bases that were trained on all images. */
async function firstLayers(
  store: Store,
  home: string,
  runs: readonly StudyRun[],
  protocol: Protocol,
): Promise<ReportedFilters[]> {
  const filters: ReportedFilters[] = [];
  const [first] = resolveNetwork(protocol.network, 2).parameters;
  // A dense first layer has no filters to show.
  if (first.shape.length !== 4) return filters;
  const bases = runs.filter(({ kind, record }) => {
    const few = examplesOf(readIdentity(record)) !== undefined;
    return kind === 'base' && record.status === 'finished' && !few;
  });
  for (const run of bases) {
    const final = await finalFilters(store, home, run.run, first);
    if (!final) continue;
    // Only the first replicate has a history here, because fitting the filters of all at all steps would take minutes.
    const history = run.replicate === 0 ? filtersOverTime(store, run.run).filter(({ step }) => step < final.step) : [];
    filters.push({ name: run.name, replicate: run.replicate, run: run.run, ...final, history });
  }
  return filters;
}

/**
 * The filters of the checkpoint, or of the history if the checkpoint is missing (an imported study) or damaged.
 * Undefined if there are neither.
 */
async function finalFilters(
  store: Store,
  home: string,
  run: string,
  first: Parameter,
): Promise<FiltersAtStep | undefined> {
  const checkpoint = store.latestCheckpoint(run);
  const last = store.snapshots(run).at(-1);
  const kept = last && { step: last.step, weight: store.snapshot(run, last.step)! };
  if (!checkpoint) return kept;
  const file = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
  try {
    const { weights } = await readCheckpoint(file, { parameters: [first] });
    return { step: checkpoint.step, weight: weights.get(first.name)! };
  } catch (error) {
    // One file that is missing or damaged must not cost the report.
    if (error instanceof UserError) return kept;
    throw error;
  }
}
