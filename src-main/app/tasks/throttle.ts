/**
 * Hands on at most one value per so many milliseconds: the first at once, later ones when their time has come, each
 * replaced by its successor if that comes sooner. The last value always arrives, at `flush` at the latest.
 */
export class Throttle<Value> {
  readonly #say: (value: Value) => void;
  readonly #milliseconds: number;
  #last = -Infinity;
  #waiting: { readonly value: Value } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, say: (value: Value) => void) {
    this.#milliseconds = milliseconds;
    this.#say = say;
  }

  add(value: Value): void {
    this.#waiting = { value };
    const left = this.#last + this.#milliseconds - performance.now();
    // Not left to the timer alone: work that never returns to the event loop starves it.
    if (left <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), left);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#waiting) return;
    const { value } = this.#waiting;
    this.#waiting = undefined;
    this.#last = performance.now();
    this.#say(value);
  }
}
