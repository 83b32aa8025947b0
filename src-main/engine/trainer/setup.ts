import {
  createTrainingBatches,
  evaluationBatches,
  type AugmentedBatch,
  type TrainingBatches,
} from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { subtractedMean } from '../../data/mean-image.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { selectImages } from '../../data/selection.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork, type Network } from '../../network/network.ts';
import { wholeCheckpoint } from '../../network/optimiser.ts';
import { totalSteps, type TrainingSpec } from '../../network/spec.ts';
import { initialWeights, isCopied, transplant, type Tensor, type Weights } from '../../network/weights.ts';
import { readCheckpoint, removeUnfinishedCheckpoints } from '../../store/checkpoints.ts';
import type { Batch, Engine, ImagesOrActivations, Prefix, Trainer, TrainerOptions } from '../engine.ts';
import { loadEngine } from '../select.ts';
import { withEstimatedStatistics } from './estimated-statistics.ts';
import type { TrainingJob, Transplant } from './job.ts';
import { stageAt } from './stage.ts';

/** What networks that are trained side by side have in common. */
export interface SharedSetup {
  readonly network: Network;
  readonly training: TrainingSpec;
  /** At most the number of training images. */
  readonly batchSize: number;
  readonly steps: number;
  readonly trainImages: number;
  readonly heldOutImages: number;
  readonly engine: Engine;
  readonly batches: BatchPrefetcher;
  readonly heldOut: () => Iterable<Batch>;
  readonly set: ImageSet;
}

/** Opens the image set and loads the engine of a job, and of all that share a process with it. Throws UserErrors. */
export async function openSharedSetup(job: TrainingJob): Promise<SharedSetup> {
  const set = imagesFor(openImageSet(job.imageSet), job.network);
  const { classes, imagesPerClass, selectionSeed, allImages, batchSeed: seed } = job;
  const selection = selectImages(set, classes, { imagesPerClass, seed: selectionSeed, allImages });
  const mean = await subtractedMean(set, selection.train, job.network);
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
    batches: new BatchPrefetcher(createTrainingBatches(ofTraining), steps),
    heldOut: () => evaluationBatches({ ...source, images: selection.heldOut, labels: selection.heldOutLabels }),
    set,
  };
}

/**
 * The batches of training steps, of which the next one can be made once an engine has been given this one. That saves time only
 * where the engine gives this thread back before it is done: a step of onnxruntime-node's begins in a later turn of the event
 * loop and keeps the thread to its end, on every provider.
 */
export class BatchPrefetcher {
  readonly #batches: TrainingBatches;
  readonly #steps: number;
  #ready: { readonly step: number; readonly take: () => AugmentedBatch } | undefined;

  /** @param steps of the training: no batch is made beyond them */
  constructor(batches: TrainingBatches, steps: number) {
    this.#batches = batches;
    this.#steps = steps;
  }

  /** The batch of a step. Throws a UserError where its images can't be read. */
  take(step: number): AugmentedBatch {
    const ready = this.#ready;
    this.#ready = undefined;
    return ready?.step === step ? ready.take() : this.#batches.batch(step);
  }

  /** Makes the batch of a step ahead; an error is thrown when the batch is taken, not before. */
  prefetch(step: number): void {
    if (step >= this.#steps) return;
    try {
      const batch = this.#batches.batch(step);
      this.#ready = { step, take: () => batch };
    } catch (error) {
      const take = () => {
        throw error;
      };
      this.#ready = { step, take };
    }
  }
}

/** Where a training begins or resumes. */
interface StartingPoint {
  /** Steps that are done already. */
  readonly step: number;
  readonly weights: Weights;
  readonly momentum?: Weights;
  /** Metadata of the checkpoint that it resumes from; undefined at the beginning. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Makes or reads the weights of each training. `onFailure` is called for those that can't begin, with the reason. */
export async function startingPoints(
  jobs: readonly TrainingJob[],
  shared: SharedSetup,
  onFailure: (job: TrainingJob, reason: string) => void,
): Promise<ReadonlyMap<TrainingJob, StartingPoint>> {
  const source = new SourceLayers(shared, jobs);
  const starts = new Map<TrainingJob, StartingPoint>();
  for (const job of jobs) {
    try {
      await removeUnfinishedCheckpoints(job.checkpoints);
      starts.set(job, await startingPoint(job, shared, source));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onFailure(job, error.message);
    }
  }
  return starts;
}

async function startingPoint(job: TrainingJob, shared: SharedSetup, source: SourceLayers): Promise<StartingPoint> {
  const { steps } = shared;
  if (job.resume) {
    const networkAt = (step: number) => wholeCheckpoint(stageAt(job, shared, step).network);
    const { step, weights, momentum, metadata } = await readCheckpoint(job.resume, networkAt);
    if (step > steps)
      throw new UserError(`The checkpoint ${job.resume.file} is of step ${step}, but the training has only ${steps}.`);
    return { step, weights, momentum, notes: metadata };
  }
  const { network } = stageAt(job, shared, 0);
  if (!job.transplant) return { step: 0, weights: initialWeights(network, job.seed) };
  const { n } = job.transplant;
  const fresh = initialWeights({ parameters: network.parameters.filter((one) => !isCopied(one, n)) }, job.seed);
  return { step: 0, weights: transplant(network, await source.weights(job.transplant), fresh, n) };
}

/** The layers that the networks of all jobs of a process copy, read once. */
class SourceLayers {
  readonly #shared: SharedSetup;
  readonly #threads: number;
  readonly #highest: number;
  #weights: Promise<Weights> | undefined;

  constructor(shared: SharedSetup, jobs: readonly TrainingJob[]) {
    this.#shared = shared;
    this.#threads = jobs[0].threads;
    this.#highest = Math.max(...jobs.map(({ transplant }) => transplant?.n ?? 0));
  }

  weights(from: Transplant): Promise<Weights> {
    return (this.#weights ??= this.#read(from));
  }

  async #read(from: Transplant): Promise<Weights> {
    const { network: own, trainImages: images, batches } = this.#shared;
    if ('seed' in from) {
      const weights = initialWeights(own, from.seed);
      if (!from.statistics) return weights;
      const batchOf = (step: number) => batches.take(step);
      return withEstimatedStatistics(weights, { ...this.#shared, threads: this.#threads, images, batchOf });
    }
    // The layers above may have another number of classes.
    const network = from.head ? resolveNetwork(own.spec, from.head.of) : own;
    const copied = { parameters: network.parameters.filter(({ n }) => n <= this.#highest) };
    const { weights } = await readCheckpoint(from.checkpoint, copied);
    return from.head ? withUnits(weights, network, from.head.units) : weights;
  }
}

/** The weights with only these units of the last layer, in this order. */
function withUnits(weights: Weights, network: Network, units: readonly number[]): Weights {
  const head = network.layers.at(-1)!.name;
  return new Map(
    [...weights].map(([name, tensor]) => [name, name.startsWith(`${head}.`) ? rowsOf(tensor, units) : tensor]),
  );
}

function rowsOf({ shape: [all, ...row], data }: Tensor, rows: readonly number[]): Tensor {
  const size = data.length / all;
  const taken = new Float32Array(rows.length * size);
  rows.forEach((from, to) => taken.set(data.subarray(from * size, (from + 1) * size), to * size));
  return { shape: [rows.length, ...row], data: taken };
}

export interface CompiledNetwork {
  readonly job: TrainingJob;
  readonly start: StartingPoint;
  readonly trainer: Trainer<ImagesOrActivations>;
}

interface CompiledNetworks {
  /** The frozen layers, computed once for all networks; absent where each network computes from the images on. */
  readonly prefix?: Prefix;
  readonly networks: readonly CompiledNetwork[];
}

/** What an engine compiles for a training that has done `step` steps. */
export function trainerOptionsAt(
  job: TrainingJob,
  shared: SharedSetup,
  { step, weights, momentum }: Pick<StartingPoint, 'step' | 'weights' | 'momentum'>,
): TrainerOptions {
  const { batchSize } = shared;
  return { ...stageAt(job, shared, step), batchSize, threads: job.threads, weights, momentum };
}

/** Compiles the networks, and their frozen layers once for all of them where the engine can share them. */
export async function compileNetworks(
  starts: ReadonlyMap<TrainingJob, StartingPoint>,
  shared: SharedSetup,
): Promise<CompiledNetworks> {
  const { batchSize, engine } = shared;
  const jobs = [...starts.keys()];
  const sharing = jobs.every(({ frozen }) => frozen > 0) ? engine.prefixes : undefined;
  const networks: CompiledNetwork[] = [];
  for (const [job, start] of starts) {
    const options = trainerOptionsAt(job, shared, start);
    const trainer = sharing ? await sharing.compileAbove(options) : await engine.compile(options);
    networks.push({ job, start, trainer });
  }
  if (!sharing || networks.length === 0) return { networks };
  // All have the same frozen layers, so the prefix takes those of the network that has the most.
  const highest = networks.reduce((most, network) => (network.job.frozen > most.job.frozen ? network : most));
  const layers = [...new Set(jobs.map(({ frozen }) => frozen))].sort((a, b) => a - b);
  const prefix = await sharing.compilePrefix({
    network: shared.network,
    batchSize,
    threads: highest.job.threads,
    layers,
    weights: highest.start.weights,
  });
  return { prefix, networks };
}
