import type { LayerOrigin } from '../../src-main/common/network-drawing/drawing.ts';
import {
  curveName,
  partsOf,
  sourceHalf,
  treatmentName,
  type Half,
  type TreatmentKind,
} from '../../src-main/common/treatments/treatments.ts';

/** What copied layers are copied from, as a sentence calls it. */
export type SourceNames = Readonly<Record<Half, string>>;

/** @param pretrained what stands for baseA, if anything does */
export const sourceNames = (pretrained: object | undefined): SourceNames => ({
  A: pretrained ? 'the pretrained file' : 'baseA',
  B: 'baseB',
});

/**
 * Layer by layer, lowest first (paper, Figure 1): the first n come from somewhere, those above start at random and learn, as
 * all of a base do.
 */
export function originsOf(kind: TreatmentKind | 'base', n: number, depth: number, target: Half = 'B'): LayerOrigin[] {
  const fresh: LayerOrigin = { origin: 'random', frozen: false };
  if (kind === 'base') return Array.from({ length: depth }, () => fresh);
  const { learning } = partsOf(kind);
  // What adapters stand beside is frozen, and weights whose norms alone change.
  const frozen = learning.frozen || learning.adapterRank !== undefined || learning.norms !== undefined;
  const copied: LayerOrigin = { origin: sourceHalf({ kind, target }) ?? 'random', frozen };
  return Array.from({ length: depth }, (_, below) => (below < n ? copied : fresh));
}

/** `A3B+`, or `AnB+` of a curve. */
export const nameOf = (kind: TreatmentKind, n: number | 'n'): string =>
  n === 'n' ? curveName({ kind, target: 'B' }) : treatmentName({ kind, n, target: 'B' });
