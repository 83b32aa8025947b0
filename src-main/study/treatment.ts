/**
 * The treatments of the paper (section 3 and Figure 1). `base` is not a treatment but what they are measured against.
 *
 * - selffer  `BnB`:  first n layers copied from baseB and frozen, the rest random, trained on B
 * - selffer+ `BnB+`: the same, everything fine-tuned
 * - transfer `AnB`, transfer+ `AnB+`: the same, copied from baseA
 * - random   `RnB`:  first n layers random and frozen (Figure 3, right; the paper gives it no letter)
 */
export const TREATMENT_KINDS = ['selffer', 'selffer+', 'transfer', 'transfer+', 'random'] as const;
export type TreatmentKind = (typeof TREATMENT_KINDS)[number];
export type Half = 'A' | 'B';

export interface Treatment {
  readonly kind: TreatmentKind | 'base';
  /** Layers copied (or, for `random`, frozen); 0 for a base. */
  readonly n: number;
  /** The half whose classes it is trained and tested on. */
  readonly target: Half;
}

/** `baseB`, `B3B`, `B3B+`, `A3B`, `A3B+`, `R3B`. */
export function treatmentName({ kind, n, target }: Treatment): string {
  switch (kind) {
    case 'base':
      return `base${target}`;
    case 'selffer':
      return `${target}${n}${target}`;
    case 'selffer+':
      return `${target}${n}${target}+`;
    case 'transfer':
      return `${other(target)}${n}${target}`;
    case 'transfer+':
      return `${other(target)}${n}${target}+`;
    case 'random':
      return `R${n}${target}`;
  }
}

/** The curve that a treatment is a point of: `AnB+`, `BnB`, `RnB`, `baseB`. */
export function curveName({ kind, target }: Omit<Treatment, 'n'>): string {
  return kind === 'base' ? `base${target}` : treatmentName({ kind, n: 0, target }).replace('0', 'n');
}

/** The base network that the first n layers come from. */
export function sourceHalf({ kind, target }: Treatment): Half | undefined {
  if (kind === 'selffer' || kind === 'selffer+') return target;
  if (kind === 'transfer' || kind === 'transfer+') return other(target);
  return undefined;
}

/** How many layers stay frozen. */
export function frozenLayers({ kind, n }: Treatment): number {
  return kind === 'selffer' || kind === 'transfer' || kind === 'random' ? n : 0;
}

export const other = (half: Half): Half => (half === 'A' ? 'B' : 'A');
