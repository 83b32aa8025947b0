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
    return {
      network: adaptedAt(network, { n, adapterRank: job.adapterRank, steps }, step),
      frozen: step < steps ? 0 : n,
    };
  if (job.unfreezing === undefined) return { network, frozen: job.frozen };
  return { network, frozen: frozenAt(n, { batchSize, trainImages, steps }, step) };
}

/** A network as it computes, and is kept, when so many steps are done: with its adapters, if it has any, until the last. */
export function adaptedAt(
  network: Network,
  { n, adapterRank, steps }: { readonly n: number; readonly adapterRank?: number; readonly steps: number },
  step: number,
): Network {
  return adapterRank !== undefined && step < steps ? withAdapters(network, n, adapterRank) : network;
}

type Length = Omit<StageGround, 'network'>;

/** How many of the n copied layers of a training that is unfrozen from the top are still frozen when so many steps are done. */
export function frozenAt(n: number, { batchSize, trainImages, steps }: Length, step: number): number {
  // After the last step nothing begins to learn that never learned.
  const epoch = Math.floor((Math.min(step, steps - 1) * batchSize) / trainImages);
  return Math.max(0, n - epoch);
}

/** The same as stretches of the training: steps that are taken with so many layers frozen, each number once, falling. */
export function frozenStretches(
  n: number,
  { batchSize, trainImages, steps }: Length,
): { readonly frozen: number; readonly steps: number }[] {
  const begins = Array.from({ length: n + 1 }, (_, epoch) =>
    Math.min(steps, Math.ceil((epoch * trainImages) / batchSize)),
  );
  return begins
    .map((begin, epoch) => ({ frozen: n - epoch, steps: (begins[epoch + 1] ?? steps) - begin }))
    .filter((stretch) => stretch.steps > 0);
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
