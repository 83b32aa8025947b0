import { counted, inPercent } from '../../common/numbers.ts';
import { methodSentences } from '../statements/wording.ts';
import { variantMethod } from '../statements/variants.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { StudyReport } from '../analysis/study-report.ts';

/** What the intervals cover and what they don't, and how the statements were tested. */
export function caveats(report: StudyReport, { replicates, pooling, variants }: Analysis): string[] {
  const splits = new Set(report.splits.map(({ splitSeed }) => splitSeed)).size;
  const intervals =
    replicates === 1
      ? 'One replicate: intervals are of the held-out sample only (Wilson for accuracies, Newcombe for differences, as if the two networks were tested on independent images). They say nothing about other splits or seeds.'
      : `Intervals are Student's t over ${replicates} replicates (one replicate is one split and one training seed); differences are paired by replicate. Where only one replicate finished, the interval is of the held-out sample only and marked with *.`;
  const shared =
    replicates > splits && splits > 1
      ? [
          'Replicates of the same split are not independent of each other: over splits alone, intervals of curves and effects would be wider. The statements take their mean over each split first.',
        ]
      : replicates > 1 && (splits === 1 || report.protocol.split.kind === 'lists')
        ? ['All replicates share one split of the classes: intervals cover training seeds, not other splits.']
        : [];
  const pooled =
    pooling.directions === 'pooled'
      ? [
          'With random halves A and B are alike in expectation; as in the paper, both directions stand under the names of target B.',
        ]
      : [];
  const few = report.protocol.examples
    ? [
        `Curves, effects and statements are of networks trained on all images. With few target examples the mean image is taken of those few, every network takes as many steps as with all images, and a crossover's range is of each number of images by itself${replicates < 3 ? ' (given from three replicates on)' : ''}.`,
      ]
    : [];
  const { pretrained } = report.protocol;
  const foreign = pretrained
    ? [
        `A is no half of these classes but the pretrained network ${pretrained.name}, of which only weights and biases are known: the images that it saw, how they were scaled and centred, and its strides and padding may differ from this study's. Where they do, AnB may lose by that and not by its features.`,
      ]
    : [];
  const others = variants.some(({ test }) => test) ? [variantMethod()] : [];
  return [intervals, ...foreign, ...shared, ...pooled, ...few, ...fewImages(report), ...methodSentences(), ...others];
}

/** With fewer held-out images, one of them moves an accuracy by more than most effects are large. */
const FEW_HELD_OUT = 100;
const FEW_IN_CLASS = 10;

/** What too few images do to the numbers; nothing where there are enough. */
function fewImages({ runs, dataset, splits }: StudyReport): string[] {
  const least = Math.min(...runs.flatMap(({ total }) => total ?? []));
  const measured =
    least < FEW_HELD_OUT
      ? [
          `Accuracies are measured on as few as ${counted(least, 'held-out image')}: one more that is right is ${inPercent(1 / least)} points.`,
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
          `The smallest class, ${smallest.name}, has ${counted(smallest.train, 'training image')} and ${counted(smallest.heldOut, 'held-out image')}: hardly anything can be learned of it.`,
        ]
      : [];
  return [...measured, ...small];
}
