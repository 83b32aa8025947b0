import { mergedWeights, withAdapters } from '../../network/adapters.ts';
import type { Network } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import type { TrainingJob } from './job.ts';

/** What a training is from some step on: its network, and which layers of it are frozen. */
export interface Stage {
  readonly network: Network;
  readonly frozen: number;
}

export interface StageGround {
  readonly network: Network;
  readonly batchSize: number;
  readonly trainImages: number;
  readonly steps: number;
}

/**
 * The stage that a training is in when so many steps are done: a function of the step alone, so that a training that goes
 * on from a checkpoint is in the one that it was in. Most have one stage. One with adapters merges them after its last
 * step, and is evaluated and kept as the network that it started from. One that is unfrozen begins with its n copied layers
 * frozen, and with each epoch the topmost of those begins to learn (Howard & Ruder 2018, section 3.3).
 */
export function stageAt(
  job: TrainingJob,
  { network, batchSize, trainImages, steps }: StageGround,
  step: number,
): Stage {
  const n = job.transplant?.n ?? 0;
  if (job.adapterRank !== undefined)
    return step < steps ? { network: withAdapters(network, n, job.adapterRank), frozen: 0 } : { network, frozen: n };
  if (job.unfreezing === undefined) return { network, frozen: job.frozen };
  // After the last step nothing begins to learn that never learned.
  const epoch = Math.floor((Math.min(step, steps - 1) * batchSize) / trainImages);
  return { network, frozen: Math.max(0, n - epoch) };
}

export const sameStage = (one: Stage, other: Stage): boolean =>
  one.frozen === other.frozen && one.network.parameters.length === other.network.parameters.length;

/** Whether the first layer ever learns. */
export const firstLayerLearns = (job: TrainingJob, ground: StageGround): boolean =>
  stageAt(job, ground, ground.steps - 1).frozen < 1;

/** Weights and momentum of one stage, as the next has them; momentum of what has just begun to learn is zero. */
export function carriedOver(from: Stage, to: Stage, weights: Weights, momentum: Weights) {
  const plain = from.network.parameters.length === to.network.parameters.length;
  if (plain) return { weights, momentum };
  const names = to.network.parameters.map(({ name }) => name);
  return {
    weights: mergedWeights(from.network, weights),
    momentum: new Map(names.map((name) => [name, momentum.get(name)!] as const)),
  };
}
