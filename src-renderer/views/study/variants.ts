import type { TreatmentKind } from '../../../src-main/study/treatment.ts';

/** Sorts of treatments beside the paper's, as a person chooses them. */
export const VARIANTS = ['adapters', 'slower', 'unfrozen'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Rank and factor of the learning rate; what is not chosen is 4 and 0.1. */
export function variantOf(
  copied: 'transfer' | 'selffer',
  variant: Variant,
  { rank = 4, factor = 0.1 }: { readonly rank?: number; readonly factor?: number },
): TreatmentKind {
  if (variant === 'adapters') return `${copied}~${rank}`;
  // Four decimals are what a kind may have.
  return variant === 'slower' ? `${copied}+${Number(factor.toFixed(4))}` : `${copied}^`;
}
