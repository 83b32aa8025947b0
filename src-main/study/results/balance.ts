import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import { mean } from './statistics.ts';

interface ClassCount {
  /** Held-out images of the class, how many of them are given it, and how many of all images are. */
  images: number;
  right: number;
  named: number;
}

/** The classes that have held-out images. */
function classCounts({ labels, answers }: HeldOutAnswers): ClassCount[] {
  const counts = new Map<number, ClassCount>();
  const of = (label: number) => counts.get(label) ?? counts.set(label, { images: 0, right: 0, named: 0 }).get(label)!;
  labels.forEach((label, image) => {
    of(label).images++;
    of(answers[image]).named++;
    if (answers[image] === label) of(label).right++;
  });
  return [...counts.values()].filter(({ images }) => images > 0);
}

/**
 * The mean over classes of the share of their held-out images that are right: each class counts alike, and whoever names one
 * class for all images gets one in so many (Brodersen et al. 2010). Null where all classes are of one size, where it is the accuracy.
 */
export function balancedAccuracy(answers: HeldOutAnswers): number | null {
  const counts = classCounts(answers);
  if (counts.every(({ images }) => images === counts[0].images)) return null;
  return mean(counts.map(({ right, images }) => right / images));
}

/**
 * How far balanced accuracy is above that of answers that know nothing of an image's class, in standard deviations of those: each
 * class is named as often as here, to images at random. 0 where one class is named for all.
 */
export function balancedScore(answers: HeldOutAnswers): number {
  const counts = classCounts(answers);
  const all = answers.labels.length;
  const classes = counts.length;
  const variance = counts.reduce((sum, { images, named }) => {
    const share = named / all;
    return sum + (share * (1 - share)) / images;
  }, 0);
  // By that rule a class is expected to be named for the share of its images that it is named for at all.
  const expected = counts.reduce((sum, { named }) => sum + named / all, 0);
  const found = counts.reduce((sum, { right, images }) => sum + right / images, 0);
  return variance > 0 && classes > 1 ? (found - expected) / Math.sqrt(variance) : 0;
}
