import { learningIn } from '../common/treatments/schema.ts';
import { adaptedAt } from '../engine/trainer/stage.ts';
import type { CheckpointFile } from '../engine/trainer/job.ts';
import { mergedWeights } from '../network/adapters.ts';
import type { Network } from '../network/network.ts';
import type { Weights } from '../network/weights.ts';
import { readCheckpoint } from '../store/checkpoints.ts';
import type { StoredRun } from './first-layer.ts';

/**
 * Weights of a checkpoint of a run, of layers 1..highest, as its network computes with them: adapters, which a training that
 * has not finished still has beside its kernels, are merged. Throws a UserError that names the file.
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
      parameters: whole.parameters.filter((one) => one.n <= highest && (biases || one.kind === 'weight')),
    };
  };
  const { step, weights } = await readCheckpoint(checkpoint, wantedAt);
  return { step, weights: mergedWeights(wantedAt(step), weights) };
}

/** Kernels of the first layer alone: whatever is wrong above, they can be looked at. */
export async function readFirstKernels(checkpoint: CheckpointFile, run: StoredRun) {
  const { step, weights } = await readRunWeights(checkpoint, run, { highest: 1, biases: false });
  return { step, weight: weights.get(run.network.parameters[0].name)! };
}
