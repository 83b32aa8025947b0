import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { BatchResult } from '../engine.ts';

/** Points of a learning curve: enough to draw, few enough to be calm averages. */
const POINTS = 100;

/** Steps between points of the learning curve. The last step always has one. */
export const pointInterval = (steps: number): number => Math.max(1, Math.floor(steps / POINTS));

/** Steps between evaluations: an epoch, or more where that would make more than `most` of them. */
export const evaluationInterval = (steps: number, trainImages: number, batchSize: number, most: number): number =>
  Math.max(Math.ceil(trainImages / batchSize), Math.ceil(steps / most));

const number = z.string().nonempty().transform(Number).pipe(z.number().nonnegative());
const savedSchema = z.object({ curveSteps: number, curveLoss: number, curveCorrect: number });

/** Loss and hits summed over steps of equal batches. A checkpoint keeps the sums, so that a resumed curve is the same. */
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

  /** As text that `restore` reads back to the last bit. */
  save(): Record<string, string> {
    return { curveSteps: `${this.#steps}`, curveLoss: `${this.#loss}`, curveCorrect: `${this.#correct}` };
  }

  restore(saved: Readonly<Record<string, string>>): void {
    const result = savedSchema.safeParse(saved);
    if (!result.success) throw new UserError('The checkpoint to go on from lacks the sums of its learning curve.');
    this.#steps = result.data.curveSteps;
    this.#loss = result.data.curveLoss;
    this.#correct = result.data.curveCorrect;
  }
}
