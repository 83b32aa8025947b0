const MOST = 3;
/** Milliseconds. */
const WITHIN = 60_000;

/** Whether a page that crashed is worth loading again: one that crashes at once would be loaded forever. */
export class CrashLimit {
  #crashes: number[] = [];

  /** A crash at this time, in milliseconds of any clock that doesn't go back. False: the fourth within a minute. */
  allows(time: number): boolean {
    this.#crashes = [...this.#crashes.filter((earlier) => time - earlier < WITHIN), time];
    return this.#crashes.length <= MOST;
  }
}
