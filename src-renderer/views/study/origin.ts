import type { StudyRequest } from '../../../src-main/api/contract/studies.ts';

export type Treatment = NonNullable<StudyRequest['treatments']>[number];
export const TREATMENTS: readonly Treatment[] = ['selffer', 'selffer+', 'transfer', 'transfer+', 'random'];

/** Where a layer's weights come from. */
export type Origin = 'A' | 'B' | 'random';

export interface LayerOrigin {
  readonly origin: Origin;
  readonly frozen: boolean;
}

/** The base that a treatment on B copies from. */
export function sourceOf(kind: Treatment): 'A' | 'B' | undefined {
  if (kind === 'random') return undefined;
  return kind.startsWith('selffer') ? 'B' : 'A';
}

/** Whether the lower layers stay as they are. */
export const isFrozen = (kind: Treatment): boolean => !kind.endsWith('+');

/** Layer by layer, lowest first (paper, Figure 1): the first n come from somewhere, those above start at random and learn. */
export function originsOf(kind: Treatment, n: number, depth: number): LayerOrigin[] {
  return Array.from({ length: depth }, (_, below) =>
    below < n ? { origin: sourceOf(kind) ?? 'random', frozen: isFrozen(kind) } : { origin: 'random', frozen: false },
  );
}

/** `A3B+`, or `AnB+` of a curve. */
export const nameOf = (kind: Treatment, n: number | 'n'): string =>
  `${sourceOf(kind) ?? 'R'}${n}B${isFrozen(kind) ? '' : '+'}`;
