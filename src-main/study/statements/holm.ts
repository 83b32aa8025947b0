/**
 * Holm (1979): p-values adjusted so that the chance of any false positive among them is at most the level they are held
 * against, whatever their dependence. Here they do depend on each other: all effects of a study share its bases. (Benjamini
 * and Hochberg's procedure would bound the share of false ones instead; but an answer is read sentence by sentence, and each
 * sentence must stand by itself.) Same order as given.
 */
export function holm(pValues: readonly number[]): number[] {
  const rising = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = Array<number>(pValues.length);
  let largest = 0;
  rising.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = largest;
  });
  return adjusted;
}
