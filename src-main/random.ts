import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * A random stream named by its seed and a path, e.g. `new RandomStream(seed, 'dropout', layer, step)`.
 *
 * The state is SHA-256 of the name, so streams of different names are independent and none has a position that must be
 * stored: a run that resumes at step t asks for the stream of step t. This is what makes an interrupted run end with the
 * same bytes as an uninterrupted one.
 */
export class RandomStream {
  readonly #generator: { next(): number };

  constructor(seed: string | number, ...path: (string | number)[]) {
    const digest = createHash('sha256')
      .update(JSON.stringify([String(seed), ...path]))
      .digest();
    const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** Uniform in [0, 1), a multiple of 2^-24 (exact in float32). The low bits of xoroshiro128+ are weak and dropped. */
  uniform(): number {
    return (this.#generator.next() >>> 8) * 2 ** -24;
  }

  /** Uniform integer in [0, bound), for bound up to 2^24. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, by Box and Muller (1958). */
  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place (Fisher-Yates) and returns the array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = items[i];
      items[i] = items[j];
      items[j] = swapped;
    }
    return items;
  }
}
