import { counted, inPercent } from '../../common/numbers.ts';
import { methodSentences } from '../statements/wording.ts';
import { variantMethod } from '../statements/variants.ts';
import { readingNotes } from '../plan/reading-notes.ts';
import { sourceCaveats } from './source-words.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { countSplits } from '../results/layout.ts';
import type { StudyReport } from '../analysis/study-report.ts';

/** What the intervals cover and what they don't, and how the statements were tested. */
export function caveats(report: StudyReport, { replicates, pooling, results, variants, answers }: Analysis): string[] {
  const paired = results.every((run) => run.answers);
  const splits = countSplits(report.protocol);
  const intervals =
    replicates === 1
      ? `With one replicate, intervals cover these networks on such images only (Wilson for accuracies; ${paired ? 'for differences Tango’s score interval, in which both networks are compared image by image' : 'for differences Newcombe, as if the two networks were tested on independent images, because the answers to single images are not stored'}). They say nothing about other splits or seeds.`
      : `Intervals are by Student's t over ${splits > 1 ? counted(splits, 'split') : `${replicates} seeds of one split`}; differences are paired by replicate (one split and one training seed). If only one replicate finished, the interval covers the held-out sample only and is marked with *.`;
  const shared =
    replicates > splits && splits > 1
      ? [
          'Replicates of the same split are not independent of each other, so each split counts once, with the mean of its seeds. Intervals of several seeds of one split, where no other has finished, are marked with ** and cover seeds only.',
        ]
      : replicates > 1 && splits === 1
        ? [
            report.protocol.split.kind === 'whole'
              ? 'All replicates have the same classes and images: intervals and verdicts cover other training seeds, not other images.'
              : 'All replicates share one split of the classes: intervals and verdicts cover other training seeds on the same held-out images, not other splits.',
          ]
        : [];
  const pooled =
    pooling.directions === 'pooled'
      ? [
          'Random halves A and B are alike in expectation, so both directions are shown under the names of target B, as in the paper.',
        ]
      : [];
  const few = report.protocol.examples
    ? [
        `Curves, effects and statements use networks trained on all images. With few target examples, the mean image is computed from those few, and every network takes as many steps as with all images. The range of a crossover holds at each number of images separately${replicates < 3 ? ' and needs at least three replicates' : ''}.`,
      ]
    : [];
  const others = variants.some(({ test }) => test) ? [variantMethod()] : [];
  const tested = answers.length > 0 ? methodSentences(report.protocol.replicates.some(({ drawn }) => drawn)) : [];
  return [
    ...[
      intervals,
      ...sourceCaveats(report),
      ...readingNotes(report.protocol, report.dataset),
      ...shared,
      ...pooled,
      ...few,
    ],
    ...[...fewImages(report), ...tested, ...others],
  ];
}

/** With fewer held-out images, a single one changes an accuracy by more than most effects. */
const FEW_HELD_OUT = 100;
const FEW_IN_CLASS = 10;

/** Warnings about images that leak, or are too few; empty if nothing is to be said. */
function fewImages({ runs, dataset, splits, leaks }: StudyReport): string[] {
  const least = Math.min(...runs.flatMap(({ total }) => total ?? []));
  const measured =
    least < FEW_HELD_OUT
      ? [
          `Accuracies are measured on as few as ${counted(least, 'held-out image')}: one more correct answer adds ${inPercent(1 / least)} points.`,
        ]
      : [];
  const used = new Set(splits.flatMap(({ a, b }) => [...a, ...b]));
  const images = dataset.classes.flatMap((name, label) =>
    used.has(name) ? [{ name, train: dataset.trainCounts[label], heldOut: dataset.heldOutCounts[label] }] : [],
  );
  const smallest = images.reduce((one, other) => (other.train < one.train ? other : one));
  const small =
    smallest.train < FEW_IN_CLASS
      ? [
          `The smallest class, ${smallest.name}, has ${counted(smallest.train, 'training image')} and ${counted(smallest.heldOut, 'held-out image')}: too few to learn much about it.`,
        ]
      : [];
  return [...(leaks === undefined ? [] : [leaks]), ...measured, ...small];
}
