import { join } from 'node:path';
import { learningIn } from '../../common/treatments/schema.ts';
import type { CheckpointFile } from '../../engine/trainer/job.ts';
import { adaptedAt } from '../../engine/trainer/stage.ts';
import { UserError } from '../../errors.ts';
import { type FilterLayer, filterLayers } from '../../network/filter-layers.ts';
import { type Network, resolveNetwork } from '../../network/network.ts';
import { networkSchema } from '../../network/spec.ts';
import { mergedWeights } from '../../network/variants.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import type { RunRecord, Store, StudyRecord, StudyRunRecord } from '../../store/records.ts';
import { readIdentity, type RunIdentity } from '../../study/plan/run-record.ts';
import type { Home } from '../opened-home.ts';
import type { LatestFilters } from '../workspace/live-study.ts';

/** A stored run with the network that it trains. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly identity: RunIdentity;
  readonly network: Network;
}

/** Throws a UserError where there is no such run. */
export function storedRun({ store, home }: Home, key: string): StoredRun {
  const record = store.findRun(key);
  if (record?.key !== key)
    throw new UserError(`There is no training ${key.slice(0, 8)} in ${home}: its study may have been deleted.`);
  const identity = readIdentity(record);
  const spec = networkSchema.parse({ ...identity.network, name: 'network' });
  return { record, identity, network: resolveNetwork(spec, identity.classes.length) };
}

/**
 * First-layer filters of a run, [filters, channels, rows, columns], at a step of its history, or the latest: `live` (what
 * a running training reported last), the newest of the history, or the checkpoint's. Throws a UserError where there are
 * none.
 */
export async function firstLayerFilters(
  home: Home,
  run: StoredRun,
  step: number | 'latest',
  live: LatestFilters | undefined,
): Promise<LatestFilters> {
  const { store } = home;
  const { key } = run.record;
  const [first] = run.network.parameters;
  if (first.shape.length !== 4)
    throw new UserError('The first layer of this network is not a convolution: it has no filters to show.');
  const checkpoint = store.latestCheckpoint(key);
  const newest = store.snapshots(key).at(-1)?.step;
  if (live && (step === 'latest' || step === live.step)) return live;
  const wanted = step === 'latest' ? Math.max(newest ?? -1, checkpoint?.step ?? -1) : step;
  const kept = wanted < 0 ? undefined : store.snapshot(key, wanted);
  if (kept) return { step: wanted, weight: kept };
  if (checkpoint?.step !== wanted || wanted < 0)
    throw new UserError(
      step === 'latest'
        ? `This training has no weights yet; it is ${run.record.status}. Its filters come with its first steps.`
        : `There are no filters of step ${wanted}: choose another step.`,
    );
  const file = { file: join(home.home, checkpoint.file), sha256: checkpoint.sha256 };
  return { step: wanted, weight: (await readFirstKernels(file, run)).weight };
}

/**
 * The filters of a layer of a run, of its newest checkpoint. Only the first layer has a history. Throws a UserError where
 * there is no such layer with filters, or no checkpoint.
 */
export async function layerFilters({ store, home }: Home, run: StoredRun, name: string): Promise<LatestFilters> {
  const layer = findFilterLayer(filterLayers(run.network), name);
  const checkpoint = store.latestCheckpoint(run.record.key);
  if (!checkpoint)
    throw new UserError(`The filters of ${name} are not here: this training has no checkpoint in this home.`);
  const file = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
  const { step, weights } = await readRunWeights(file, run, { highest: layer.n, biases: false });
  return { step, weight: weights.get(layer.parameter)! };
}

/** The layer of this name. Throws a UserError that lists those that there are. */
export function findFilterLayer<Layer extends FilterLayer>(layers: readonly Layer[], name: string): Layer {
  const found = layers.find(({ layer }) => layer === name);
  if (found) return found;
  const names = layers.map(({ layer }) => layer).join(', ');
  throw new UserError(`There is no layer "${name}" with filters to look at; there are: ${names || 'none'}.`, {
    usage: true,
  });
}

/** One filter at every step of the history: [steps, channels, rows, columns]. */
export function filterHistory(
  { store }: Home,
  { record }: StoredRun,
  filter: number,
): { steps: number[]; shape: number[]; weights: Float32Array } {
  const steps: number[] = [];
  const pieces: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (const { step } of store.snapshots(record.key)) {
    const weight = store.snapshot(record.key, step)!;
    steps.push(step);
    pieces.push(oneFilter(weight, filter));
    shape = weight.shape.slice(1);
  }
  const weights = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.forEach((piece, place) => weights.set(piece, place * piece.length));
  return { steps, shape: [steps.length, ...shape], weights };
}

/** Weights [channels, rows, columns] of one filter. Throws a UserError where there is no such filter. */
export function oneFilter({ shape, data }: Tensor, filter: number): Float32Array {
  if (filter >= shape[0]) throw new UserError(`There is no filter ${filter + 1}: the first layer has ${shape[0]}.`);
  const size = data.length / shape[0];
  return data.subarray(filter * size, (filter + 1) * size);
}

/**
 * Reads the weights of layers 1..highest of a run's checkpoint, as its network computes with them: adapters, which an
 * unfinished training still has beside its kernels, are merged. Throws a UserError that names the file.
 */
export async function readRunWeights(
  checkpoint: CheckpointFile,
  { identity, network, record }: StoredRun,
  { highest = network.depth, biases = true }: { readonly highest?: number; readonly biases?: boolean } = {},
): Promise<{ readonly step: number; readonly weights: Weights }> {
  const { n } = identity;
  const { adapterRank } = learningIn(identity);
  const wantedAt = (step: number): Network => {
    const whole = adaptedAt(network, { n, adapterRank, steps: record.steps }, step);
    return {
      ...whole,
      layers: whole.layers.filter((layer) => layer.n <= highest),
      parameters: whole.parameters.filter((one) => one.n <= highest && (biases || one.role === 'weight')),
    };
  };
  const { step, weights } = await readCheckpoint(checkpoint, wantedAt);
  return { step, weights: mergedWeights(wantedAt(step), weights) };
}

/** Reads the kernels of the first layer alone, so that they can be looked at whatever is wrong in layers above. */
export async function readFirstKernels(checkpoint: CheckpointFile, run: StoredRun) {
  const { step, weights } = await readRunWeights(checkpoint, run, { highest: 1, biases: false });
  return { step, weight: weights.get(run.network.parameters[0].name)! };
}

/** The error for a finished training whose weights are elsewhere. @param label name of the training in messages */
export const missingWeights = (label: string): UserError =>
  new UserError(
    `The weights of ${label} are not here: its study came as a file without them. Pack it again with the weights of all networks, where it was trained.`,
  );

/** A training as a study knows it: its name there, and the study. */
export interface Place {
  readonly study: StudyRecord;
  readonly run: StudyRunRecord;
}

/** Finds a training in the study of this id, else in the newest that has it. Undefined where no study has it. */
export function placeInStudy(store: Store, key: string, study?: string): Place | undefined {
  const places = store.studies().flatMap((one): Place[] => {
    const run = store.studyRuns(one.id).find((candidate) => candidate.run === key);
    return run ? [{ study: one, run }] : [];
  });
  return places.find((place) => place.study.id === study) ?? places.at(-1);
}

/** The name of a training in messages: its name in a study, else the beginning of its key. */
export const labelOf = (key: string, place?: Place): string => place?.run.name ?? `The training ${key.slice(0, 8)}`;
