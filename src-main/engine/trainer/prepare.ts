import { createTrainingBatches, evaluationBatches, type TrainingBatches } from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { meanImage } from '../../data/mean-image.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { selectImages } from '../../data/selection.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork, type Network } from '../../network/network.ts';
import { totalSteps } from '../../network/schedule.ts';
import type { TrainingSpec } from '../../network/spec.ts';
import { initialWeights, transplant, type Weights } from '../../network/weights.ts';
import { readCheckpoint, removeUnfinishedCheckpoints } from '../../store/checkpoints.ts';
import type { Batch, Trainer } from '../engine.ts';
import { loadEngine } from '../select.ts';
import type { TrainingJob, Transplant } from './job.ts';

/** A training with everything in its hands, before its next step. */
export interface Prepared {
  readonly network: Network;
  readonly training: TrainingSpec;
  /** Never more than there are training images. */
  readonly batchSize: number;
  readonly steps: number;
  /** Steps that are done already. */
  readonly step: number;
  /** What the checkpoint that it goes on from noted; undefined at the beginning. */
  readonly notes: Readonly<Record<string, string>> | undefined;
  readonly trainImages: number;
  readonly heldOutImages: number;
  /** At the most. */
  readonly evaluations: number;
  readonly engineVersion: string;
  readonly trainer: Trainer;
  readonly batches: TrainingBatches;
  readonly heldOut: () => Iterable<Batch>;
  readonly set: ImageSet;
}

/** Opens the images, makes or reads the weights and compiles the network. Throws UserErrors. */
export async function prepare(job: TrainingJob): Promise<Prepared> {
  const set = openImageSet(job.imageSet);
  const { classes, imagesPerClass, selectionSeed, batchSeed: seed, threads, frozen } = job;
  const selection = selectImages(set, classes, { imagesPerClass, seed: selectionSeed });
  const mean = await meanImage(set, selection.train);
  const network = resolveNetwork(job.network, classes.length);
  const batchSize = Math.min(job.network.training.batchSize, selection.train.length);
  const training = { ...job.network.training, batchSize };
  const steps = totalSteps(training, selection.train.length);
  const source = { set, mean, network, batchSize };
  const batches = createTrainingBatches({ ...source, images: selection.train, labels: selection.trainLabels, seed });
  const heldOut = () => evaluationBatches({ ...source, images: selection.heldOut, labels: selection.heldOutLabels });

  await removeUnfinishedCheckpoints(job.checkpoints);
  const start = await startingPoint(job, network, steps);
  const engine = await loadEngine(job.engine, { home: job.home, threads });
  const { weights, momentum } = start;
  const trainer = await engine.compile({ network, batchSize, frozen, threads, weights, momentum });
  return {
    network,
    training,
    batchSize,
    steps,
    step: start.step,
    notes: start.notes,
    trainImages: selection.train.length,
    heldOutImages: selection.heldOut.length,
    evaluations: job.evaluations,
    engineVersion: engine.version,
    trainer,
    batches,
    heldOut,
    set,
  };
}

interface Start {
  readonly step: number;
  readonly weights: Weights;
  readonly momentum?: Weights;
  readonly notes?: Readonly<Record<string, string>>;
}

async function startingPoint(job: TrainingJob, network: Network, steps: number): Promise<Start> {
  if (job.resume) {
    const { step, weights, momentum, metadata } = await readCheckpoint(job.resume, network);
    if (step > steps)
      throw new UserError(`The checkpoint ${job.resume.file} is of step ${step}, but the training has only ${steps}.`);
    return { step, weights, momentum, notes: metadata };
  }
  const fresh = initialWeights(network, job.seed);
  if (!job.transplant) return { step: 0, weights: fresh };
  return {
    step: 0,
    weights: transplant(network, await sourceWeights(job.transplant, network), fresh, job.transplant.n),
  };
}

async function sourceWeights(from: Transplant, network: Network): Promise<Weights> {
  if ('seed' in from) return initialWeights(network, from.seed);
  // What lies above may have another number of classes.
  const copied = { parameters: network.parameters.filter(({ n }) => n <= from.n) };
  return (await readCheckpoint(from.checkpoint, copied)).weights;
}
