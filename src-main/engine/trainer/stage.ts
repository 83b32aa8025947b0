import type { FrozenStage } from '../../common/treatments/definition.ts';
import { learningIn } from '../../common/treatments/schema.ts';
import { learns, type Network } from '../../network/network.ts';
import { allMoments } from '../../network/optimiser.ts';
import { mergedWeights, treatedNetwork, withAdapters } from '../../network/variants.ts';
import type { Weights } from '../../network/weights.ts';
import type { TrainingJob } from './job.ts';

/** What a training is from some step on: its network, and which layers of it are frozen. */
export interface Stage {
  readonly network: Network;
  readonly frozen: number;
}

export interface StageSetup {
  readonly network: Network;
  readonly batchSize: number;
  readonly trainImages: number;
  readonly steps: number;
}

/**
 * The stage that a training is in when so many steps are done: a function of the step alone, so that a training that goes
 * on from a checkpoint is in the one that it was in. Most have one stage. One with adapters merges them after its last
 * step, and is evaluated and kept as the network that it started from. Others have the stages of their treatment.
 */
export function stageAt(job: TrainingJob, setup: StageSetup, step: number): Stage {
  const { batchSize, trainImages, steps } = setup;
  const n = job.transplant?.n ?? 0;
  const learning = learningIn(job);
  const { adapterRank, stages } = learning;
  if (adapterRank !== undefined && step >= steps) return { network: setup.network, frozen: n };
  const network = treatedNetwork(setup.network, n, learning);
  if (!stages) return { network, frozen: job.frozen };
  return { network, frozen: frozenAt(stages(n), { batchSize, trainImages, steps }, step) };
}

/** A network as it computes, and is kept, when so many steps are done: with its adapters, if it has any, until the last. */
export function adaptedAt(
  network: Network,
  { n, adapterRank, steps }: { readonly n: number; readonly adapterRank?: number; readonly steps: number },
  step: number,
): Network {
  return adapterRank !== undefined && step < steps ? withAdapters(network, n, adapterRank) : network;
}

type Length = Omit<StageSetup, 'network'>;

/** How many layers are frozen when so many steps are done. After the last step nothing begins that no step was taken in. */
export function frozenAt(stages: readonly FrozenStage[], length: Length, step: number): number {
  return stages.findLast((stage) => beginOf(stage, length) <= Math.min(step, length.steps - 1))!.frozen;
}

/** The same as stretches of the training: so many steps are taken with so many layers frozen. */
export function frozenStretches(
  stages: readonly FrozenStage[],
  length: Length,
): { readonly frozen: number; readonly steps: number }[] {
  const begins = [...stages.map((stage) => Math.min(length.steps, beginOf(stage, length))), length.steps];
  return stages
    .map(({ frozen }, index) => ({ frozen, steps: begins[index + 1] - begins[index] }))
    .filter(({ steps }) => steps > 0);
}

/** Steps that are done when a stage begins. */
const beginOf = (stage: FrozenStage, { batchSize, trainImages, steps }: Length): number =>
  Math.ceil('epoch' in stage ? (stage.epoch * trainImages) / batchSize : stage.part * steps);

export const sameStage = (one: Stage, other: Stage): boolean =>
  one.frozen === other.frozen && one.network.parameters.length === other.network.parameters.length;

/** Whether the weight of the first layer ever learns, or an adapter beside it. */
export function firstLayerLearns(job: TrainingJob, setup: StageSetup): boolean {
  const { network, frozen } = stageAt(job, setup, setup.steps - 1);
  const [first] = network.parameters;
  return network.parameters.some((one) => one.layer === first.layer && one.role === first.role && learns(one, frozen));
}

/** Weights and momentum of one stage, as the next has them; momentum of what has just begun to learn is zero. */
export function carriedOver(from: Stage, to: Stage, weights: Weights, momentum: Weights) {
  const plain = from.network.parameters.length === to.network.parameters.length;
  if (plain) return { weights, momentum };
  return {
    weights: mergedWeights(from.network, weights),
    momentum: new Map(allMoments(to.network).map(({ name }) => [name, momentum.get(name)!] as const)),
  };
}
