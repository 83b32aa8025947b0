import type { Notice } from '../api/contract/activity.ts';
import type { Changes } from './changes.ts';

/** More than these nobody reads; the oldest go. */
const MOST = 50;

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
    this.#list = [...this.#list, notice].slice(-MOST);
    this.#changes.touch();
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((notice) => notice.id !== id);
    this.#changes.touch();
  }
}
