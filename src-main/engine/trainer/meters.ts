import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { BatchResult, EvaluationResult } from '../engine.ts';
import type { TrainingSeconds } from './job.ts';

/** Points of a learning curve: enough to draw, few enough to be calm averages. */
const POINTS = 100;

/** Steps between points of the learning curve. The last step always has one. */
export const pointInterval = (steps: number): number => Math.max(1, Math.floor(steps / POINTS));

/** Steps between evaluations: an epoch, or more where that would make more than `most` of them. */
export const evaluationInterval = (steps: number, trainImages: number, batchSize: number, most: number): number =>
  Math.max(Math.ceil(trainImages / batchSize), Math.ceil(steps / most));

const number = z.string().nonempty().transform(Number).pipe(z.number().nonnegative());
const savedSchema = z.object({ curveSteps: number, curveLoss: number, curveCorrect: number });

/** Loss and accuracy averaged over steps of equal batches. A checkpoint keeps the sums, so that a resumed curve is the same. */
export class RunningAverage {
  #steps = 0;
  #loss = 0;
  #correct = 0;
  readonly #batchSize: number;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  add({ loss, correct }: BatchResult): void {
    this.#steps += 1;
    this.#loss += loss;
    this.#correct += correct;
  }

  /** The averages per image since the last call. */
  take(): { loss: number; accuracy: number } {
    const taken = { loss: this.#loss / this.#steps, accuracy: this.#correct / (this.#steps * this.#batchSize) };
    this.#steps = this.#loss = this.#correct = 0;
    return taken;
  }

  /** The sums as text that `restore` reads back to the last bit. */
  save(): Record<string, string> {
    return { curveSteps: `${this.#steps}`, curveLoss: `${this.#loss}`, curveCorrect: `${this.#correct}` };
  }

  restore(saved: Readonly<Record<string, string>>): void {
    const result = savedSchema.safeParse(saved);
    if (!result.success)
      throw new UserError(
        'The checkpoint lacks the sums of its learning curve, so that no training can resume from it.',
      );
    this.#steps = result.data.curveSteps;
    this.#loss = result.data.curveLoss;
    this.#correct = result.data.curveCorrect;
  }
}

/** Loss, hits and answers of one network on the held-out images, over batches of any size. */
export class HeldOutSums {
  #loss = 0;
  #correct = 0;
  #total = 0;
  readonly #labels: number[] = [];
  readonly #answers: number[] = [];

  add({ loss, correct, answers }: EvaluationResult, labels: Int32Array): void {
    this.#loss += loss * labels.length;
    this.#correct += correct;
    this.#total += labels.length;
    for (let i = 0; i < labels.length; i++) {
      this.#labels.push(labels[i]);
      this.#answers.push(answers[i]);
    }
  }

  get answers(): HeldOutAnswers {
    return { labels: Uint16Array.from(this.#labels), answers: Uint16Array.from(this.#answers) };
  }

  /** The mean loss per image, and how many of all images were classified correctly. */
  get result(): { loss: number; correct: number; total: number } {
    return { loss: this.#loss / this.#total, correct: this.#correct, total: this.#total };
  }
}

/** Seconds of training that the rate is averaged over: long enough to be calm, short enough for an ETA to follow. */
const WINDOW = 10;

/** Images per second over the most recent steps; time between steps (evaluations, checkpoints) does not count. */
export class Pace {
  readonly #steps: { images: number; seconds: number }[] = [];
  #images = 0;
  #seconds = 0;

  add(images: number, seconds: number): void {
    this.#steps.push({ images, seconds });
    this.#images += images;
    this.#seconds += seconds;
    while (this.#seconds > WINDOW && this.#steps.length > 1) {
      const oldest = this.#steps.shift()!;
      this.#images -= oldest.images;
      this.#seconds -= oldest.seconds;
    }
  }

  get imagesPerSecond(): number {
    return this.#images / this.#seconds;
  }
}

/** Wall time of one training by part. What is done for several trainings at once counts in equal shares. */
export class Stopwatch {
  readonly #total = { load: 0, images: 0, prefix: 0, train: 0, evaluate: 0, checkpoint: 0 };

  get total(): TrainingSeconds {
    return { ...this.#total };
  }

  static async share<T>(
    part: keyof TrainingSeconds,
    among: readonly Stopwatch[],
    work: () => T | Promise<T>,
  ): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - began) / 1000;
      for (const stopwatch of among) stopwatch.#total[part] += seconds / among.length;
    }
  }

  time<T>(part: keyof TrainingSeconds, work: () => Promise<T>): Promise<T> {
    return Stopwatch.share(part, [this], work);
  }
}
