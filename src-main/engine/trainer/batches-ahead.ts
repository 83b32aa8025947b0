import type { AugmentedBatch, TrainingBatches } from '../../data/batches.ts';

/** Hands out the batches of steps, and makes the next one while the engine, on threads of its own, is busy with this. */
export class BatchesAhead {
  readonly #batches: TrainingBatches;
  readonly #steps: number;
  #ready: { readonly step: number; readonly take: () => AugmentedBatch } | undefined;

  /** @param steps of the training: behind them there is nothing to make */
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

  /** Makes the batch of a step; what goes wrong is thrown when it's taken, not before. */
  prepare(step: number): void {
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
