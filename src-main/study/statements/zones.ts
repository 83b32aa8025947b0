import type { Zone } from './statements.ts';

/**
 * The layers n of a zone. The paper's network has eight weight layers: its n = 1, 2 transfer almost perfectly, at
 * n = 3, 4, 5 lost co-adaptation dominates and at n = 6, 7 specificity does (section 4.1, point 4). For other depths the
 * first and the last quarter, rounded, and what is between. A network of three weight layers has no middle.
 */
export function layersOf(zone: Zone, depth: number): number[] {
  const quarter = Math.max(1, Math.round(depth / 4));
  const all = Array.from({ length: depth - 1 }, (_, index) => index + 1);
  switch (zone) {
    case 'first':
      return all.filter((n) => n <= quarter);
    case 'middle':
      return all.filter((n) => n > quarter && n < depth - quarter);
    case 'top':
      return all.filter((n) => n > quarter && n >= depth - quarter);
    case 'all':
      return all;
  }
}
