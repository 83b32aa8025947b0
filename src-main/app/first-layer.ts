import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { resolveNetwork, type Network } from '../network/network.ts';
import { networkSchema } from '../network/spec.ts';
import type { Tensor } from '../network/weights.ts';
import type { RunRecord } from '../store/records.ts';
import { type RunIdentity, readIdentity } from '../study/run-record.ts';
import type { LatestFilters } from './live-study.ts';
import type { Home } from './opened-home.ts';
import { readFirstKernels } from './run-weights.ts';

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
 * a training under way said last), the newest of the history, or the checkpoint's. Throws a UserError where there are none.
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

/** Weights [channels, rows, columns] of one filter. Throws a UserError where there is none of this number. */
export function oneFilter({ shape, data }: Tensor, filter: number): Float32Array {
  if (filter >= shape[0]) throw new UserError(`There is no filter ${filter + 1}: the first layer has ${shape[0]}.`);
  const size = data.length / shape[0];
  return data.subarray(filter * size, (filter + 1) * size);
}
