import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { learningRate } from '../../network/schedule.ts';
import type { Weights } from '../../network/weights.ts';
import { CheckpointWriting, type CheckpointWritingOptions } from './checkpoint-writing.ts';
import { evaluationInterval, pointInterval, RunningAverage } from './curve.ts';
import { FirstLayer } from './first-layer.ts';
import type { TrainerMessage, TrainingJob, TrainingSeconds } from './job.ts';
import { Pace } from './pace.ts';
import { prepare, type Prepared } from './prepare.ts';

export interface TrainOptions {
  /** When aborted, the training finishes its step, writes a checkpoint and says `stopped`. */
  readonly signal: AbortSignal;
  readonly say: (message: TrainerMessage) => void;
  /** How checkpoints are written. */
  readonly writing?: Pick<CheckpointWritingOptions, 'large'>;
}

/** Milliseconds between progress messages. */
const PROGRESS_EVERY = 250;
/** A loss beyond any that a network recovers from; chance is at ln(classes). */
const EXPLODED = 1e4;

/**
 * Trains as the job says, in this process. What a user can mend, and a training that diverges, ends it with `failed`;
 * anything else is thrown.
 */
export async function train(job: TrainingJob, options: TrainOptions): Promise<void> {
  const seconds = new Stopwatch();
  let training: Training | undefined;
  try {
    const prepared = await seconds.time('load', () => prepare(job));
    training = new Training(job, prepared, seconds, options);
    await training.run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await training?.finishWriting();
    options.say({ type: 'failed', step: training?.step ?? 0, reason: error.message });
  } finally {
    await training?.dispose();
  }
}

class Training {
  readonly #job: TrainingJob;
  readonly #prepared: Prepared;
  readonly #seconds: Stopwatch;
  readonly #signal: AbortSignal;
  readonly #say: (message: TrainerMessage) => void;
  readonly #sincePoint: RunningAverage;
  readonly #sinceProgress: RunningAverage;
  readonly #pace = new Pace();
  readonly #firstLayer: FirstLayer;
  readonly #writing: CheckpointWriting;
  #progressSaid = performance.now();
  #checkpointBegun = performance.now();
  #checkpointStep: number;
  /** Steps that are done. */
  step: number;

  constructor(job: TrainingJob, prepared: Prepared, seconds: Stopwatch, { signal, say, writing }: TrainOptions) {
    this.#job = job;
    this.#prepared = prepared;
    this.#seconds = seconds;
    this.#signal = signal;
    this.#say = say;
    this.#sincePoint = new RunningAverage(prepared.batchSize);
    this.#sinceProgress = new RunningAverage(prepared.batchSize);
    const { frozen, snapshots } = job;
    this.#firstLayer = new FirstLayer({ ...prepared, frozen, snapshots, say });
    this.#writing = new CheckpointWriting({
      ...writing,
      folder: job.checkpoints,
      onWritten: (step, written) => say({ type: 'checkpoint', step, final: step === prepared.steps, ...written }),
    });
    this.step = prepared.step;
    this.#checkpointStep = prepared.step;
    if (prepared.notes) this.#sincePoint.restore(prepared.notes);
  }

  async run(): Promise<void> {
    const { steps, engineVersion, trainImages, heldOutImages } = this.#prepared;
    this.#say({ type: 'started', step: this.step, steps, engineVersion, trainImages, heldOutImages });
    await this.#firstLayer.begin(this.step);
    for (;;) {
      // First of all, and not after a step: the checkpoint that we go on from may be older than its evaluation.
      const evaluated = this.#evaluationIsDue() && (await this.#evaluate());
      if (evaluated && this.step === steps) {
        await this.#seconds.time('checkpoint', () => this.#writing.finish());
        this.#say({ type: 'finished', seconds: this.#seconds.total });
        return;
      }
      if (this.#signal.aborted) {
        await this.#writeCheckpoint();
        await this.#seconds.time('checkpoint', () => this.#writing.finish());
        this.#say({ type: 'stopped', step: this.step, seconds: this.#seconds.total });
        return;
      }
      await this.#takeStep();
    }
  }

  async #takeStep(): Promise<void> {
    const { training, steps, batchSize, trainer, batches } = this.#prepared;
    const rate = learningRate(training, this.step, steps);
    const began = performance.now();
    const result = await this.#seconds.time('train', () => trainer.step(batches.batch(this.step), rate));
    this.step += 1;
    if (!(result.loss <= EXPLODED)) throw diverged('the loss', result.loss, this.step);
    this.#pace.add(batchSize, (performance.now() - began) / 1000);
    this.#sincePoint.add(result);
    this.#sinceProgress.add(result);
    if (this.step % pointInterval(steps) === 0 || this.step === steps)
      this.#say({ type: 'point', step: this.step, learningRate: rate, ...this.#sincePoint.take() });
    await this.#firstLayer.advance(this.step);
    this.#sayProgress(rate);
    const sinceCheckpoint = (performance.now() - this.#checkpointBegun) / 1000;
    const isDue = !this.#writing.isUnderWay && sinceCheckpoint >= this.#job.checkpointEvery;
    if (this.step === steps || isDue) await this.#writeCheckpoint();
    // Engines may compute without ever returning to the event loop, where the message to stop waits.
    await setImmediate();
  }

  #sayProgress(rate: number): void {
    const now = performance.now();
    if (now - this.#progressSaid < PROGRESS_EVERY) return;
    this.#progressSaid = now;
    const { imagesPerSecond } = this.#pace;
    const averages = this.#sinceProgress.take();
    this.#say({ type: 'progress', step: this.step, learningRate: rate, imagesPerSecond, ...averages });
  }

  #evaluationIsDue(): boolean {
    const { steps, trainImages, batchSize, evaluations } = this.#prepared;
    const interval = evaluationInterval(steps, trainImages, batchSize, evaluations);
    return this.step === steps || (this.step > 0 && this.step % interval === 0);
  }

  /** Whether it came to its end before the signal to stop. */
  async #evaluate(): Promise<boolean> {
    const { trainer, heldOut, steps } = this.#prepared;
    return this.#seconds.time('evaluate', async () => {
      let [loss, correct, total] = [0, 0, 0];
      for (const batch of heldOut()) {
        await setImmediate();
        if (this.#signal.aborted) return false;
        const result = await trainer.evaluate(batch);
        loss += result.loss * batch.labels.length;
        correct += result.correct;
        total += batch.labels.length;
      }
      loss /= total;
      if (!Number.isFinite(loss)) throw diverged('the loss on held-out images', loss, this.step);
      this.#say({ type: 'evaluated', step: this.step, loss, correct, total, final: this.step === steps });
      return true;
    });
  }

  /** Of the step that is done, unless it is written already; a large one may still be under way. */
  async #writeCheckpoint(): Promise<void> {
    if (this.step === this.#checkpointStep) return;
    const { trainer } = this.#prepared;
    await this.#seconds.time('checkpoint', async () => {
      // Before the copies are made: there is room for one.
      await this.#writing.finish();
      const weights = await trainer.weights();
      checkWeights(weights, this.step);
      const content = { weights, momentum: await trainer.momentum(), metadata: this.#sincePoint.save() };
      await this.#writing.write(this.step, content);
    });
    this.#checkpointStep = this.step;
    this.#checkpointBegun = performance.now();
  }

  /** Waits for the checkpoint that is under way, whatever becomes of it: nothing is said of it after the last word. */
  async finishWriting(): Promise<void> {
    await this.#writing.finish().catch(() => {});
  }

  async dispose(): Promise<void> {
    await this.finishWriting();
    await this.#prepared.trainer.dispose();
    this.#prepared.set.close();
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

/** Wall time by part. */
class Stopwatch {
  readonly #total = { load: 0, train: 0, evaluate: 0, checkpoint: 0 };

  async time<T>(part: keyof TrainingSeconds, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#total[part] += (performance.now() - began) / 1000;
    }
  }

  get total(): TrainingSeconds {
    return { ...this.#total };
  }
}
