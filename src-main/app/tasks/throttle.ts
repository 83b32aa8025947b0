/**
 * Passes on at most one value in so many milliseconds: the first at once, a later one when that time is over, or its
 * successor if one has come by then. The last value always arrives, at `flush` at the latest.
 */
export class Throttle<Value> {
  readonly #emit: (value: Value) => void;
  readonly #milliseconds: number;
  #last = -Infinity;
  #waiting: { readonly value: Value } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, emit: (value: Value) => void) {
    this.#milliseconds = milliseconds;
    this.#emit = emit;
  }

  add(value: Value): void {
    this.#waiting = { value };
    const left = this.#last + this.#milliseconds - performance.now();
    // The timer alone would not do: it never fires during work that does not return to the event loop.
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
    this.#emit(value);
  }
}
