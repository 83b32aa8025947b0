import { createTrainingBatches, evaluationBatches } from '../../data/batches.ts';
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
import type { Batch, Engine, Prefix, Trainer, TrainerOptions } from '../engine.ts';
import { loadEngine } from '../select.ts';
import { BatchesAhead } from './batches-ahead.ts';
import type { Input } from './head.ts';
import type { TrainingJob, Transplant } from './job.ts';
import { stageAt } from './stage.ts';

/** What trainings that are done side by side have in common. */
export interface Ground {
  readonly network: Network;
  readonly training: TrainingSpec;
  /** Never more than there are training images. */
  readonly batchSize: number;
  readonly steps: number;
  readonly trainImages: number;
  readonly heldOutImages: number;
  readonly engine: Engine;
  readonly batches: BatchesAhead;
  readonly heldOut: () => Iterable<Batch>;
  readonly set: ImageSet;
}

/** Opens the images of a job and of all that share a process with it. Throws UserErrors. */
export async function openGround(job: TrainingJob): Promise<Ground> {
  const set = openImageSet(job.imageSet);
  const { classes, imagesPerClass, selectionSeed, batchSeed: seed } = job;
  const selection = selectImages(set, classes, { imagesPerClass, seed: selectionSeed });
  const mean = await meanImage(set, selection.train);
  const network = resolveNetwork(job.network, classes.length);
  const batchSize = Math.min(job.network.training.batchSize, selection.train.length);
  const training = { ...job.network.training, batchSize };
  const source = { set, mean, network, batchSize };
  const steps = job.steps ?? totalSteps(training, selection.train.length);
  const ofTraining = { ...source, images: selection.train, labels: selection.trainLabels, seed };
  return {
    network,
    training,
    batchSize,
    steps,
    trainImages: selection.train.length,
    heldOutImages: selection.heldOut.length,
    engine: await loadEngine(job.engine, { home: job.home, threads: job.threads }),
    batches: new BatchesAhead(createTrainingBatches(ofTraining), steps),
    heldOut: () => evaluationBatches({ ...source, images: selection.heldOut, labels: selection.heldOutLabels }),
    set,
  };
}

/** Where a training is before its next step. */
export interface Start {
  /** Steps that are done already. */
  readonly step: number;
  readonly weights: Weights;
  readonly momentum?: Weights;
  /** What the checkpoint that it goes on from noted; undefined at the beginning. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Makes or reads the weights of each training. `onFailure` is told of those that can't begin, and why. */
export async function startingPoints(
  jobs: readonly TrainingJob[],
  ground: Ground,
  onFailure: (job: TrainingJob, reason: string) => void,
): Promise<ReadonlyMap<TrainingJob, Start>> {
  const source = new SourceLayers(ground.network, jobs);
  const starts = new Map<TrainingJob, Start>();
  for (const job of jobs) {
    try {
      await removeUnfinishedCheckpoints(job.checkpoints);
      starts.set(job, await startingPoint(job, ground, source));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onFailure(job, error.message);
    }
  }
  return starts;
}

async function startingPoint(job: TrainingJob, ground: Ground, source: SourceLayers): Promise<Start> {
  const { steps } = ground;
  if (job.resume) {
    const networkAt = (step: number) => stageAt(job, ground, step).network;
    const { step, weights, momentum, metadata } = await readCheckpoint(job.resume, networkAt);
    if (step > steps)
      throw new UserError(`The checkpoint ${job.resume.file} is of step ${step}, but the training has only ${steps}.`);
    return { step, weights, momentum, notes: metadata };
  }
  const { network } = stageAt(job, ground, 0);
  const fresh = initialWeights(network, job.seed);
  if (!job.transplant) return { step: 0, weights: fresh };
  return { step: 0, weights: transplant(network, await source.weights(job.transplant), fresh, job.transplant.n) };
}

/** The layers that all jobs of a process are transplanted from, read once. */
class SourceLayers {
  readonly #network: Network;
  readonly #highest: number;
  #weights: Promise<Weights> | undefined;

  constructor(network: Network, jobs: readonly TrainingJob[]) {
    this.#network = network;
    this.#highest = Math.max(...jobs.map(({ transplant }) => transplant?.n ?? 0));
  }

  weights(from: Transplant): Promise<Weights> {
    return (this.#weights ??= this.#read(from));
  }

  async #read(from: Transplant): Promise<Weights> {
    if ('seed' in from) return initialWeights(this.#network, from.seed);
    // What lies above may have another number of classes.
    const copied = { parameters: this.#network.parameters.filter(({ n }) => n <= this.#highest) };
    return (await readCheckpoint(from.checkpoint, copied)).weights;
  }
}

export interface Compiled {
  /** What all heads have frozen; absent where they compute from the images on. */
  readonly prefix?: Prefix;
  readonly heads: readonly { readonly job: TrainingJob; readonly start: Start; readonly trainer: Trainer<Input> }[];
}

/** Of a training that has done so many steps. */
export function optionsOf(
  job: TrainingJob,
  ground: Ground,
  { step, weights, momentum }: Pick<Start, 'step' | 'weights' | 'momentum'>,
): TrainerOptions {
  const { batchSize } = ground;
  return { ...stageAt(job, ground, step), batchSize, threads: job.threads, weights, momentum };
}

/** Compiles the networks; frozen layers once for all of them, where the engine can do that. */
export async function compileHeads(starts: ReadonlyMap<TrainingJob, Start>, ground: Ground): Promise<Compiled> {
  const { batchSize, engine } = ground;
  const jobs = [...starts.keys()];
  const sharing = jobs.every(({ frozen }) => frozen > 0) ? engine.prefixes : undefined;
  const heads: { job: TrainingJob; start: Start; trainer: Trainer<Input> }[] = [];
  for (const [job, start] of starts) {
    const options = optionsOf(job, ground, start);
    const trainer = sharing ? await sharing.compileAbove(options) : await engine.compile(options);
    heads.push({ job, start, trainer });
  }
  if (!sharing || heads.length === 0) return { heads };
  // Frozen layers of all are the same, so those of the one that has the most of them are everybody's.
  const highest = heads.reduce((most, head) => (head.job.frozen > most.job.frozen ? head : most));
  const layers = [...new Set(jobs.map(({ frozen }) => frozen))].sort((a, b) => a - b);
  const { threads } = highest.job;
  const prefix = await sharing.compilePrefix({
    network: ground.network,
    batchSize,
    threads,
    layers,
    weights: highest.start.weights,
  });
  return { prefix, heads };
}
