import {
  curveName,
  partsOf,
  sourceHalf,
  treatmentName,
  type Half,
  type TreatmentKind,
} from '../../../src-main/common/treatments/treatments.ts';

/** Where a layer's weights come from. */
export type Origin = 'A' | 'B' | 'random';

export interface LayerOrigin {
  readonly origin: Origin;
  readonly frozen: boolean;
}

/** What copied layers are copied from, as a sentence calls it. */
export type SourceNames = Readonly<Record<Half, string>>;

/** @param pretrained what stands for baseA, if anything does */
export const sourceNames = (pretrained: object | undefined): SourceNames => ({
  A: pretrained ? 'the pretrained file' : 'baseA',
  B: 'baseB',
});

/** The base that a treatment on B copies from. */
const sourceOf = (kind: TreatmentKind): Half | undefined => sourceHalf({ kind, target: 'B' });

/** Layer by layer, lowest first (paper, Figure 1): the first n come from somewhere, those above start at random and learn. */
export function originsOf(kind: TreatmentKind, n: number, depth: number): LayerOrigin[] {
  const { learning } = partsOf(kind);
  // What adapters stand beside is frozen, and weights whose norms alone change.
  const frozen = learning.frozen || learning.adapterRank !== undefined || learning.norms !== undefined;
  return Array.from({ length: depth }, (_, below) =>
    below < n ? { origin: sourceOf(kind) ?? 'random', frozen } : { origin: 'random', frozen: false },
  );
}

/** `A3B+`, or `AnB+` of a curve. */
export const nameOf = (kind: TreatmentKind, n: number | 'n'): string =>
  n === 'n' ? curveName({ kind, target: 'B' }) : treatmentName({ kind, n, target: 'B' });
