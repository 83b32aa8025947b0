/** Milliseconds between two looks at what changes many times a second. */
const CALM = 200;

/** Tells listeners that something changed, not more often than they can look. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  touch(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * What `look` sees, now and after changes, at most five times a second; a slow reader skips states and never lags
   * behind. Ends when the signal is aborted.
   */
  async *stream<T>(look: () => T, signal?: AbortSignal): AsyncGenerator<T, void, void> {
    let changed = true;
    let wake = () => {};
    const listener = () => {
      changed = true;
      wake();
    };
    this.#listeners.add(listener);
    signal?.addEventListener('abort', listener);
    try {
      while (!signal?.aborted) {
        if (!changed) await new Promise<void>((resolve) => (wake = resolve));
        if (signal?.aborted) return;
        changed = false;
        yield look();
        await new Promise((resolve) => setTimeout(resolve, CALM));
      }
    } finally {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', listener);
    }
  }
}
