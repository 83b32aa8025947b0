const MOST_CRASHES = 3;
/** Milliseconds. */
const PERIOD = 60_000;

/** Decides whether a page that crashed is loaded again: one that always crashes would be loaded forever. */
export class CrashLimit {
  #crashes: number[] = [];

  /**
   * Records a crash at this time, in milliseconds of a monotonic clock. Returns false for the fourth within a minute.
   */
  allows(time: number): boolean {
    this.#crashes = [...this.#crashes.filter((earlier) => time - earlier < PERIOD), time];
    return this.#crashes.length <= MOST_CRASHES;
  }
}
