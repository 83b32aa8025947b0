import type { Notice } from '../../common/contract/activity.ts';

/** Milliseconds between two states of a stream, as some states change many times a second. */
const INTERVAL = 200;

/** Tells listeners that something changed, and streams the changing state no faster than a reader can follow. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  touch(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Yields what `read` returns, now and after changes, at most five times a second; a slow reader skips states and never
   * lags behind. Ends when the signal is aborted.
   */
  async *stream<T>(read: () => T, signal?: AbortSignal): AsyncGenerator<T, void, void> {
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
        yield read();
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      }
    } finally {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', listener);
    }
  }
}

/** Notices that are kept; the oldest are dropped. */
const MAX_NOTICES = 50;

/** Messages for people, kept until they are dismissed. */
export class Notices {
  readonly #changes: Changes;
  #list: Notice[] = [];
  #next = 1;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get list(): Notice[] {
    return this.#list;
  }

  add(level: Notice['level'], sentence: string, study: string | null = null): void {
    const notice = { id: this.#next++, level, sentence, at: new Date().toISOString(), study };
    this.#list = [...this.#list, notice].slice(-MAX_NOTICES);
    this.#changes.touch();
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((notice) => notice.id !== id);
    this.#changes.touch();
  }
}
