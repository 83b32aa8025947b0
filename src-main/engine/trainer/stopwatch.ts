import type { TrainingSeconds } from './job.ts';

/** Wall time of one training by part; what is done for several trainings at once counts in equal shares. */
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
