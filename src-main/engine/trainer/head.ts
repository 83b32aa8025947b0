import { UserError } from '../../errors.ts';
import { adapterNames, mergedKernel } from '../../network/adapters.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import type { Activations, Batch, BatchResult, Trainer, TrainingBatch } from '../engine.ts';
import { CheckpointWriting, type CheckpointWritingOptions } from './checkpoint-writing.ts';
import { evaluationInterval, pointInterval, RunningAverage } from './curve.ts';
import { FirstLayer } from './first-layer.ts';
import type { TrainerMessage, TrainingJob } from './job.ts';
import { Pace } from './pace.ts';
import { optionsOf, type Ground, type Start } from './prepare.ts';
import { carriedOver, firstLayerLearns, sameStage, stageAt, type Stage } from './stage.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Images, or what a prefix has made of them. */
export type Input = Float32Array | Activations;

export interface HeadOptions {
  readonly job: TrainingJob;
  readonly ground: Ground;
  readonly start: Start;
  readonly trainer: Trainer<Input>;
  readonly seconds: Stopwatch;
  readonly say: (message: TrainerMessage) => void;
  /** How checkpoints are written. */
  readonly writing?: Pick<CheckpointWritingOptions, 'large'>;
}

/** Milliseconds between progress messages. */
const PROGRESS_EVERY = 250;
/** A loss beyond any that a network recovers from; chance is at ln(classes). */
const EXPLODED = 1e4;

/** One training of those that a process does side by side: its network, and what it says. Each part throws a UserError
 * where the training can't go on. */
export class Head {
  readonly job: TrainingJob;
  readonly seconds: Stopwatch;
  readonly say: (message: TrainerMessage) => void;
  readonly #ground: Ground;
  #trainer: Trainer<Input>;
  #stage: Stage;
  readonly #sincePoint: RunningAverage;
  readonly #sinceProgress: RunningAverage;
  readonly #pace = new Pace();
  readonly #firstLayer: FirstLayer;
  #progressSaid = performance.now();
  readonly #writing: CheckpointWriting;
  #checkpointBegun = performance.now();
  #checkpointStep: number;
  #heldOut = { loss: 0, correct: 0, total: 0 };
  /** Steps that are done. */
  step: number;

  constructor({ job, ground, start, trainer, seconds, say, writing }: HeadOptions) {
    this.job = job;
    this.seconds = seconds;
    this.say = say;
    this.#ground = ground;
    this.#trainer = trainer;
    this.#stage = stageAt(job, ground, start.step);
    this.#sincePoint = new RunningAverage(ground.batchSize);
    this.#sinceProgress = new RunningAverage(ground.batchSize);
    this.#firstLayer = new FirstLayer({
      ...ground,
      ...{ say, snapshots: job.snapshots, learns: firstLayerLearns(job, ground) },
      trainer: { parameter: (name) => this.#weight(name) },
    });
    this.#writing = new CheckpointWriting({
      ...writing,
      folder: job.checkpoints,
      onWritten: (step, written) => say({ type: 'checkpoint', step, final: step === ground.steps, ...written }),
    });
    this.step = start.step;
    this.#checkpointStep = start.step;
    if (start.notes) this.#sincePoint.restore(start.notes);
  }

  async begin(): Promise<void> {
    const { steps, engine, trainImages, heldOutImages } = this.#ground;
    this.say({ type: 'started', step: this.step, steps, engineVersion: engine.version, trainImages, heldOutImages });
    await this.#firstLayer.begin(this.step);
  }

  async learn(batch: TrainingBatch<Input>, learningRate: number): Promise<BatchResult> {
    const result = await this.seconds.time('train', () => this.#trainer.step(batch, learningRate));
    this.step += 1;
    if (!(result.loss <= EXPLODED)) throw diverged('the loss', result.loss, this.step);
    return result;
  }

  /** After a step. @param seconds that the step took with everything that was done for it */
  async record(result: BatchResult, learningRate: number, seconds: number): Promise<void> {
    const { steps, batchSize } = this.#ground;
    this.#pace.add(batchSize, seconds);
    this.#sincePoint.add(result);
    this.#sinceProgress.add(result);
    if (this.step % pointInterval(steps) === 0 || this.step === steps)
      this.say({ type: 'point', step: this.step, learningRate, ...this.#sincePoint.take() });
    await this.#enterStage();
    await this.#firstLayer.advance(this.step);
    this.#sayProgress(learningRate);
    const sinceCheckpoint = (performance.now() - this.#checkpointBegun) / 1000;
    const isDue = !this.#writing.isUnderWay && sinceCheckpoint >= this.job.checkpointEvery;
    if (this.step === steps || isDue) await this.writeCheckpoint();
    if (this.job.checkpointEvery === 0) await this.finishWriting();
  }

  /** Where the next step is of another stage than the last, the network is compiled for it. */
  async #enterStage(): Promise<void> {
    const stage = stageAt(this.job, this.#ground, this.step);
    if (sameStage(stage, this.#stage)) return;
    await this.seconds.time('load', async () => {
      const [weights, momentum] = [await this.#trainer.weights(), await this.#trainer.momentum()];
      const start = { step: this.step, ...carriedOver(this.#stage, stage, weights, momentum) };
      const trainer = await this.#ground.engine.compile(optionsOf(this.job, this.#ground, start));
      await this.#trainer.dispose();
      this.#trainer = trainer;
      this.#stage = stage;
    });
  }

  /** A layer's weight as it computes with it: with its adapter, where it has one. */
  async #weight(name: string): Promise<Tensor> {
    const weight = await this.#trainer.parameter(name);
    const layer = this.#stage.network.layers.find((layer) => `${layer.name}.weight` === name);
    if (layer?.adapterRank === undefined) return weight;
    const { a, b } = adapterNames(layer);
    return mergedKernel(weight, await this.#trainer.parameter(a), await this.#trainer.parameter(b));
  }

  get evaluationIsDue(): boolean {
    const { steps, trainImages, batchSize } = this.#ground;
    const interval = evaluationInterval(steps, trainImages, batchSize, this.job.evaluations);
    return this.step === steps || (this.step > 0 && this.step % interval === 0);
  }

  beginEvaluation(): void {
    this.#heldOut = { loss: 0, correct: 0, total: 0 };
  }

  async evaluate(batch: Batch<Input>): Promise<void> {
    const { loss, correct } = await this.seconds.time('evaluate', () => this.#trainer.evaluate(batch));
    this.#heldOut.loss += loss * batch.labels.length;
    this.#heldOut.correct += correct;
    this.#heldOut.total += batch.labels.length;
  }

  async endEvaluation(): Promise<void> {
    const { correct, total } = this.#heldOut;
    const loss = this.#heldOut.loss / total;
    if (!Number.isFinite(loss)) throw diverged('the loss on held-out images', loss, this.step);
    this.say({ type: 'evaluated', step: this.step, loss, correct, total, final: this.step === this.#ground.steps });
  }

  /** Of the step that is done, unless it is written already; a large one may still be under way. */
  async writeCheckpoint(): Promise<void> {
    if (this.step === this.#checkpointStep) return;
    await this.seconds.time('checkpoint', async () => {
      // Before the copies are made: there is room for one.
      await this.#writing.finish();
      const weights = await this.#trainer.weights();
      checkWeights(weights, this.step);
      const content = { weights, momentum: await this.#trainer.momentum(), metadata: this.#sincePoint.save() };
      await this.#writing.write(this.step, content);
    });
    this.#checkpointStep = this.step;
    this.#checkpointBegun = performance.now();
  }

  /** Waits for the checkpoint that is under way. */
  finishWriting(): Promise<void> {
    return this.seconds.time('checkpoint', () => this.#writing.finish());
  }

  /** After whatever becomes of the checkpoint that is under way: nothing is said of it after the last word. */
  async dispose(): Promise<void> {
    await this.#writing.finish().catch(() => {});
    await this.#trainer.dispose();
  }

  #sayProgress(learningRate: number): void {
    const now = performance.now();
    if (now - this.#progressSaid < PROGRESS_EVERY) return;
    this.#progressSaid = now;
    const { imagesPerSecond } = this.#pace;
    this.say({ type: 'progress', step: this.step, learningRate, imagesPerSecond, ...this.#sinceProgress.take() });
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
