import { draft } from '../../state/draft.svelte.ts';
import { begin, record, redo, undo, type History } from './history.ts';

import type { SplitSpec } from '../../../src-main/common/protocol-parts.ts';
export interface Choice {
  /** Undefined: what the preset says. */
  readonly split: SplitSpec | undefined;
  readonly seed: number;
}

/** How the classes are split, as the draft has it, with everything that can be taken back. */
export class Choices {
  #history = $state.raw<History<Choice>>(
    begin({ split: $state.snapshot(draft.content.split) as SplitSpec | undefined, seed: draft.content.splitSeed }),
  );

  get split(): SplitSpec | undefined {
    return this.#history.present.split;
  }
  get seed(): number {
    return this.#history.present.seed;
  }
  get undoable(): boolean {
    return this.#history.past.length > 0;
  }
  get redoable(): boolean {
    return this.#history.future.length > 0;
  }

  choose(change: Partial<Choice>): void {
    this.#show(record(this.#history, { ...this.#history.present, ...change }));
  }
  undo(): void {
    this.#show(undo(this.#history));
  }
  redo(): void {
    this.#show(redo(this.#history));
  }

  #show(history: History<Choice>): void {
    this.#history = history;
    draft.content.split = history.present.split as typeof draft.content.split;
    draft.content.splitSeed = history.present.seed;
  }
}
