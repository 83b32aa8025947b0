import { RandomStream } from '../random.ts';

/**
 * The order of training: one permutation of all images after another. It takes 4 bytes per image and reads no pixels.
 */
export class EpochOrder {
  readonly #seed: string;
  readonly #permutation: Int32Array;
  #epoch = -1;

  constructor(seed: string, images: number) {
    this.#seed = seed;
    this.#permutation = new Int32Array(images);
  }

  /** Returns the image at a position of the endless order. */
  item(position: number): number {
    const permutation = this.#permutation;
    const epoch = Math.floor(position / permutation.length);
    if (epoch !== this.#epoch) {
      for (let i = 0; i < permutation.length; i++) permutation[i] = i;
      new RandomStream(this.#seed, 'order', epoch).shuffle(permutation);
      this.#epoch = epoch;
    }
    return permutation[position % permutation.length];
  }
}
