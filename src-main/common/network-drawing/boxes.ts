import type { Cut } from '../cuts.ts';
import type { Part } from './parts.ts';

/** Neighbours of one kind within a stage, which may be drawn as one. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  /** `layer1.1–3` */
  readonly name: string;
  readonly times: number;
}

/** What is drawn as one: a part, or all parts of a closed fold. */
export interface Box {
  /** The first of them, which stands for the others. */
  readonly part: Part;
  readonly last: number;
  readonly name: string;
  /** The number of parts. */
  readonly times: number;
  /** The cut above it; absent for the last. */
  readonly cut?: Cut;
  /** The fold that it is, or is in. */
  readonly fold?: Fold;
}

/** @param isOpen whether the parts of a fold are drawn one by one */
export function boxesOf(parts: readonly Part[], isOpen: (fold: Fold) => boolean): Box[] {
  return runsOf(parts).flatMap((run): Box[] => {
    const [part] = run;
    const last = run.at(-1)!;
    const fold =
      run.length > 1
        ? { first: part.n, last: last.n, name: rangeName(part.name, last.name), times: run.length }
        : undefined;
    if (fold && !isOpen(fold)) return [{ part, last: last.n, name: fold.name, times: run.length, cut: last.cut, fold }];
    return run.map((one) => ({ part: one, last: one.n, name: one.name, times: 1, cut: one.cut, fold }));
  });
}

/** Whether a cut is inside a fold, and seen only where that is open. */
export const isInside = ({ first, last }: Fold, n: number): boolean => n >= first && n < last;

function runsOf(parts: readonly Part[]): Part[][] {
  const runs: Part[][] = [];
  for (const part of parts) {
    const before = runs.at(-1)?.at(-1);
    if (before && before.kind === part.kind && before.cut?.level === 'block') runs.at(-1)!.push(part);
    else runs.push([part]);
  }
  return runs;
}

/** `layer1.1` and `layer1.3` as `layer1.1–3` */
function rangeName(first: string, last: string): string {
  const stem = first.slice(0, first.lastIndexOf('.') + 1);
  return last.startsWith(stem) ? `${first}–${last.slice(stem.length)}` : `${first} – ${last}`;
}
