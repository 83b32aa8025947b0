/** Seconds of training that the rate is taken over: long enough to be calm, short enough for an ETA to follow. */
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
