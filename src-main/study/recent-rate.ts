/** Seconds of the window that rates and ETAs come from: recent enough to follow a machine that got slower. */
const WINDOW = 60;
/** What is estimated from less than this many seconds would only flicker. */
const ENOUGH = 2;

/** How fast a count grew within the last minute. */
export class RecentRate {
  readonly #samples: { seconds: number; value: number }[] = [];

  /** @param seconds of a clock that only goes forwards */
  add(seconds: number, value: number): void {
    this.#samples.push({ seconds, value });
    // One sample from before the window stays, so that slow counts have a rate as well.
    while (this.#samples.length > 2 && this.#samples[1].seconds <= seconds - WINDOW) this.#samples.shift();
  }

  /** Counts per second; undefined until there is enough to tell. */
  perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.seconds - first.seconds < ENOUGH) return undefined;
    return (last.value - first.value) / (last.seconds - first.seconds);
  }

  /** Seconds until so many more are counted. */
  secondsFor(more: number): number | undefined {
    if (more <= 0) return 0;
    const rate = this.perSecond();
    return rate ? more / rate : undefined;
  }
}
