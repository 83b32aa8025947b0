import type { Notice } from '../../common/contract/activity.ts';

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

/** More than these nobody reads; the oldest go. */
const MOST_NOTICES = 50;

/** Messages for whoever looks next: kept until they are dismissed. */
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
    this.#list = [...this.#list, notice].slice(-MOST_NOTICES);
    this.#changes.touch();
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((notice) => notice.id !== id);
    this.#changes.touch();
  }
}
