import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Split } from '../../data/split.ts';

type Counted = Pick<ImageSetIndex, 'classes'> & { readonly heldOutCounts: readonly number[] };

/**
 * The accuracy of always naming a half's largest class, of its held-out images: what knows nothing gets at most. One in so many
 * where classes are of one size. Of several splits the highest; 0 for a half of a file, whose images are unknown.
 *
 * @param source the set that half A is of, where it is another
 */
export function chanceOf(set: Counted, splits: readonly Split[], source: Counted = set): Record<Half, number> {
  const shareOf = ({ classes, heldOutCounts }: Counted, half: 'a' | 'b') => {
    const counts = new Map(classes.map((name, label) => [name, heldOutCounts[label]]));
    return Math.max(...splits.map((split) => largestShare(split[half].map((name) => counts.get(name) ?? 0))));
  };
  return { A: shareOf(source, 'a'), B: shareOf(set, 'b') };
}

const largestShare = (counts: readonly number[]): number =>
  Math.max(0, ...counts) /
  Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
