import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { layerOfUnits } from '../../network/receptive-field.ts';
import type { Weights } from '../../network/weights.ts';
import { nonFiniteTensor } from '../../store/checkpoints.ts';
import { missingWeights, readRunWeights, type StoredRun } from '../stored/run.ts';
import type { Home } from '../opened-home.ts';

/** The weights of a network, as far as they can be read. */
export interface ReadableWeights {
  /** The step of these weights. */
  readonly step: number;
  /** Layers 1..highest can be looked at. */
  readonly highest: number;
  readonly weights: Weights;
}

/** Where the weights of a run are stored. */
interface Source {
  readonly step: number;
  readonly highest: number;
  /** Absent: the history has the first layer's filters. */
  readonly checkpoint?: { readonly file: string; readonly sha256: string };
}

/**
 * Finds which layers of a run can be looked at, and of which step: all layers of its newest checkpoint. Without one, as
 * before the first checkpoint or in a study that came as a file, they are the first layer's filters of its history.
 *
 * @param label name of the training in messages
 * @throws UserError where there are no weights at all
 */
export function readableLayers({ home, store }: Home, { record, network }: StoredRun, label: string): Source {
  const stored = store.latestCheckpoint(record.key);
  if (stored) {
    const checkpoint = { file: join(home, stored.file), sha256: stored.sha256 };
    return { step: stored.step, highest: network.depth, checkpoint };
  }
  const filters = store.snapshots(record.key).at(-1);
  const [first] = network.parameters;
  const isLookedAt = first.shape.length === 4 && layerOfUnits(network, 1).name === first.layer;
  if (filters && isLookedAt) return { step: filters.step, highest: 1 };
  if (record.status === 'finished') throw missingWeights(label);
  throw new UserError(
    `${label} has no weights yet; it is ${record.status}. Its layers can be looked at once it has learned something.`,
  );
}

/** Reads these layers. Throws a UserError where a checkpoint is missing or damaged, or weights are missing or not finite. */
export async function readWeights(home: Home, run: StoredRun, label: string): Promise<ReadableWeights> {
  const { step, highest, checkpoint } = readableLayers(home, run, label);
  const [filters, ...others] = run.network.parameters.filter(({ n }) => n === 1);
  const weights: Weights = checkpoint
    ? (await readRunWeights(checkpoint, run)).weights
    : new Map([
        [filters.name, home.store.snapshot(run.record.key, step)!],
        // The history has no biases. Zeros do, because a bias is the same for every image and changes no order; norms
        // above the filters are not looked at.
        ...others.map(({ name, shape, size }) => [name, { shape, data: new Float32Array(size) }] as const),
      ]);
  const nonFinite = nonFiniteTensor(weights);
  if (nonFinite !== undefined)
    throw new UserError(
      `The weights of ${label} are no longer numbers (${nonFinite}), as happens when the learning rate is too high: there is nothing to see in its layers.`,
    );
  return { step, highest, weights };
}
