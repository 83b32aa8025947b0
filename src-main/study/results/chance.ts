import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Split } from '../../data/split.ts';
import { balancedAccuracy, balancedScore } from './balance.ts';
import { countOf, type RunResult } from './curves.ts';
import { wilsonInterval, Z } from './statistics.ts';

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

/**
 * Whether networks are better than guessing: the lower end of the Wilson interval of their accuracy is above chance, the share of
 * the largest class; or, where classes are of unequal size, balanced accuracy is above that of guessing (Stouffer's sum over the
 * networks, one-sided 2.5%). A network may tell small classes apart and still be right less often than who always names the largest.
 */
export function isAboveChance(runs: readonly RunResult[], chance: Readonly<Record<Half, number>>): boolean {
  const { correct, total } = countOf(runs);
  if (wilsonInterval(correct, total).low > Math.max(...runs.map(({ target }) => chance[target]))) return true;
  const scores = runs.flatMap(({ answers }) =>
    answers && balancedAccuracy(answers) !== null ? [balancedScore(answers)] : [],
  );
  if (scores.length < runs.length) return false;
  return scores.reduce((sum, score) => sum + score, 0) / Math.sqrt(scores.length) > Z;
}
