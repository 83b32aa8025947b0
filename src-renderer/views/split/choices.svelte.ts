import { draft } from '../../state/draft.svelte.ts';

/** A present, with the states before it and those that were undone after it. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

/** Steps that can be undone. */
const MOST = 100;

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [] });

export const record = <T>({ past, present }: History<T>, next: T): History<T> => ({
  past: [...past, present].slice(-MOST),
  present: next,
  future: [],
});

export function undo<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  return past.length === 0
    ? history
    : { past: past.slice(0, -1), present: past[past.length - 1], future: [present, ...future] };
}

export function redo<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  return future.length === 0 ? history : { past: [...past, present], present: future[0], future: future.slice(1) };
}

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
