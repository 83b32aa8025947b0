import type { Looks } from '../plan/extend.ts';
import { normalBelow } from '../results/statistics.ts';

/** Standard normal quantile of 1 - 0.05 / 2. */
const Z = 1.959963984540054;
/** What Z is the quantile of. */
const OVERALL = 0.05;

/**
 * The part of a level that is spent when a fraction of the largest number of replicates is there: the function of Lan and DeMets
 * (1983) that spends as O'Brien and Fleming (1979), 2 (1 - Φ(z / √t)) of a level with z its quantile. Little is spent early, so that
 * looking costs little at the end.
 *
 * @param fraction of the information, 0..1
 * @returns 0..1; 1 at the end
 */
export function spent(fraction: number): number {
  if (fraction <= 0) return 0;
  return Math.min(1, (2 * (1 - normalBelow(Z / Math.sqrt(Math.min(1, fraction))))) / OVERALL);
}

/**
 * The share of the level that each look may spend: what is spent by then less what was spent before. Testing each look at its
 * share keeps the chance of any false answer over all looks at the level by Bonferroni's inequality alone, whatever the dependence of
 * the looks, and whenever one stops.
 */
export function shares({ at, most }: Looks): number[] {
  return at.map((replicates, look) => spent(replicates / most) - (look === 0 ? 0 : spent(at[look - 1] / most)));
}
