import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Split } from '../../data/split.ts';

/**
 * The accuracy of always naming a half's largest class, of its held-out images: what knows nothing gets at most. One in so many
 * where classes are of one size. Of several splits the highest. 0 for a half without images here.
 */
export function chanceOf(
  { classes, heldOutCounts }: Pick<ImageSetIndex, 'classes' | 'heldOutCounts'>,
  splits: readonly Split[],
): Record<Half, number> {
  const counts = new Map(classes.map((name, label) => [name, heldOutCounts[label]]));
  const largest = (names: readonly string[]) => {
    const images = names.map((name) => counts.get(name) ?? 0);
    return (
      Math.max(0, ...images) /
      Math.max(
        1,
        images.reduce((sum, count) => sum + count, 0),
      )
    );
  };
  return {
    A: Math.max(...splits.map(({ a }) => largest(a))),
    B: Math.max(...splits.map(({ b }) => largest(b))),
  };
}
