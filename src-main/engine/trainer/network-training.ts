import { UserError } from '../../errors.ts';
import { adapterNames } from '../../network/network.ts';
import { mergedKernel } from '../../network/variants.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import type { Batch, BatchResult, EvaluationResult, ImagesOrActivations, Trainer, TrainingBatch } from '../engine.ts';
import { CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer.ts';
import { FilterReporter } from './first-layer.ts';
import type { TrainerMessage, TrainingJob } from './job.ts';
import { evaluationInterval, Pace, pointInterval, RunningAverage, type HeldOutSums, type Stopwatch } from './meters.ts';
import { trainerOptionsAt, type CompiledNetwork, type SharedSetup } from './setup.ts';
import { carriedOver, firstLayerLearns, sameStage, stageAt, type Stage } from './stage.ts';

export interface NetworkTrainingOptions extends CompiledNetwork {
  readonly shared: SharedSetup;
  readonly stopwatch: Stopwatch;
  readonly report: (message: TrainerMessage) => void;
  /** How checkpoints are written. */
  readonly writing?: Pick<CheckpointWriterOptions, 'large'>;
}

/** Milliseconds between progress messages. */
const PROGRESS_EVERY = 250;
/** A loss beyond any that a network recovers from; chance is at ln(classes). */
const EXPLODED = 1e4;

/**
 * The training of one network: its steps, and the messages and checkpoints that it leaves. Methods throw a UserError where
 * the training can't go on. The loop that calls them is `train`.
 */
export class NetworkTraining {
  readonly job: TrainingJob;
  readonly stopwatch: Stopwatch;
  /** Steps that are done. */
  step: number;
  readonly #shared: SharedSetup;
  readonly #report: (message: TrainerMessage) => void;
  #trainer: Trainer<ImagesOrActivations>;
  #stage: Stage;
  readonly #sincePoint: RunningAverage;
  readonly #sinceProgress: RunningAverage;
  readonly #pace = new Pace();
  #lastProgress = performance.now();
  readonly #filters: FilterReporter;
  readonly #writer: CheckpointWriter;
  #lastCheckpoint = performance.now();
  #checkpointStep: number;

  constructor({ job, shared, start, trainer, stopwatch, report, writing }: NetworkTrainingOptions) {
    this.job = job;
    this.stopwatch = stopwatch;
    this.step = start.step;
    this.#shared = shared;
    this.#report = report;
    this.#trainer = trainer;
    this.#stage = stageAt(job, shared, start.step);
    this.#sincePoint = new RunningAverage(shared.batchSize);
    this.#sinceProgress = new RunningAverage(shared.batchSize);
    if (start.notes) this.#sincePoint.restore(start.notes);
    this.#filters = new FilterReporter({
      ...shared,
      ...{ report, snapshots: job.snapshots, learns: firstLayerLearns(job, shared), everyLayer: !job.transplant },
      trainer: { parameter: (name) => this.#weight(name) },
    });
    this.#writer = new CheckpointWriter({
      ...writing,
      folder: job.checkpoints,
      onWritten: (step, written) => report({ type: 'checkpoint', step, final: step === shared.steps, ...written }),
    });
    // Without any steps there is still a network to keep.
    this.#checkpointStep = shared.steps === 0 && !job.resume ? -1 : start.step;
  }

  async begin(): Promise<void> {
    const { steps, engine, trainImages, heldOutImages } = this.#shared;
    const { step } = this;
    this.#report({ type: 'started', step, steps, engineVersion: engine.version, trainImages, heldOutImages });
    await this.#filters.begin(step);
  }

  /** One SGD step. */
  async takeStep(batch: TrainingBatch<ImagesOrActivations>, learningRate: number): Promise<BatchResult> {
    const result = await this.stopwatch.time('train', () => this.#trainer.step(batch, learningRate));
    this.step += 1;
    if (!(result.loss <= EXPLODED)) throw diverged('the loss', result.loss, this.step);
    return result;
  }

  /**
   * Adds a step's result to the learning curve, and reports a point of it where one is due.
   *
   * @param seconds that the step took with everything that was done for it
   */
  record(result: BatchResult, learningRate: number, seconds: number): void {
    const { steps, batchSize } = this.#shared;
    this.#pace.add(batchSize, seconds);
    this.#sincePoint.add(result);
    this.#sinceProgress.add(result);
    if (this.step % pointInterval(steps) === 0 || this.step === steps)
      this.#report({ type: 'point', step: this.step, learningRate, ...this.#sincePoint.take() });
  }

  /** Compiles the network anew where the next step is of another stage: further layers learn, or adapters are merged. */
  async enterStage(): Promise<void> {
    const stage = stageAt(this.job, this.#shared, this.step);
    if (sameStage(stage, this.#stage)) return;
    await this.stopwatch.time('load', async () => {
      const [weights, momentum] = [await this.#trainer.weights(), await this.#trainer.momentum()];
      const start = { step: this.step, ...carriedOver(this.#stage, stage, weights, momentum) };
      const trainer = await this.#shared.engine.compile(trainerOptionsAt(this.job, this.#shared, start));
      await this.#trainer.dispose();
      this.#trainer = trainer;
      this.#stage = stage;
    });
  }

  /** Reports filters of the first layer, and progress, where they are due. */
  async show(learningRate: number): Promise<void> {
    await this.#filters.afterStep(this.step);
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_EVERY) return;
    this.#lastProgress = now;
    const { imagesPerSecond } = this.#pace;
    this.#report({ type: 'progress', step: this.step, learningRate, imagesPerSecond, ...this.#sinceProgress.take() });
  }

  get evaluationIsDue(): boolean {
    const { steps, trainImages, batchSize } = this.#shared;
    const interval = evaluationInterval(steps, trainImages, batchSize, this.job.evaluations);
    return this.step === steps || (this.step > 0 && this.step % interval === 0);
  }

  evaluate(batch: Batch<ImagesOrActivations>): Promise<EvaluationResult> {
    return this.stopwatch.time('evaluate', () => this.#trainer.evaluate(batch));
  }

  reportEvaluation({ result, answers }: HeldOutSums): void {
    if (!Number.isFinite(result.loss)) throw diverged('the loss on held-out images', result.loss, this.step);
    const final = this.step === this.#shared.steps;
    if (final) this.#report({ type: 'answers', step: this.step, answers });
    this.#report({ type: 'evaluated', step: this.step, ...result, final });
  }

  /** A large checkpoint that is still being written is not overtaken, but for the last one. */
  get checkpointIsDue(): boolean {
    if (this.step === this.#shared.steps) return true;
    return !this.#writer.isUnderWay && (performance.now() - this.#lastCheckpoint) / 1000 >= this.job.checkpointEvery;
  }

  /** Writes a checkpoint of the step that is done, unless there is one; a large one may still be under way at the end. */
  async writeCheckpoint(): Promise<void> {
    if (this.step === this.#checkpointStep) return;
    await this.stopwatch.time('checkpoint', async () => {
      // There is room for one copy, so the last one is finished before the next is made.
      await this.#writer.finish();
      const weights = await this.#trainer.weights();
      checkWeights(weights, this.step);
      const content = { weights, momentum: await this.#trainer.momentum(), metadata: this.#sincePoint.save() };
      await this.#writer.write(this.step, content);
    });
    this.#checkpointStep = this.step;
    this.#lastCheckpoint = performance.now();
  }

  /** Waits for the checkpoint that is under way. */
  finishWriting(): Promise<void> {
    return this.stopwatch.time('checkpoint', () => this.#writer.finish());
  }

  /** Waits for the checkpoint that is under way, whatever becomes of it: nothing is reported after the final message. */
  async dispose(): Promise<void> {
    await this.#writer.finish().catch(() => {});
    await this.#trainer.dispose();
  }

  /** A layer's weight as it computes with it: with its adapter, where it has one. */
  async #weight(name: string): Promise<Tensor> {
    const weight = await this.#trainer.parameter(name);
    const layer = this.#stage.network.layers.find((layer) => `${layer.name}.weight` === name);
    if (layer?.adapterRank === undefined) return weight;
    const { a, b } = adapterNames(layer);
    return mergedKernel(weight, await this.#trainer.parameter(a), await this.#trainer.parameter(b));
  }
}

function checkWeights(weights: Weights, step: number): void {
  for (const [name, { data }] of weights) {
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i])) throw diverged(`a weight of ${name}`, data[i], step);
  }
}

function diverged(what: string, value: number, step: number): UserError {
  const became = Number.isFinite(value) ? `grew to ${value.toPrecision(3)}` : `became ${value}`;
  return new UserError(`${what} ${became} at step ${step}; lower the learning rate`);
}
