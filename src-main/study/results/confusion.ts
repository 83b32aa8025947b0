import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { Confusion } from '../../common/results/confusion.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { RunResult } from './curves.ts';
import { sameLabels } from './paired.ts';

/** Images that are told, at most. */
const IMAGES = 24;

interface Answered extends RunResult {
  readonly answers: HeldOutAnswers;
}

interface ChosenNetworks {
  /** All networks that were trained on all images. */
  readonly results: readonly RunResult[];
  readonly target: Half;
  /** `A3B+` */
  readonly choice: string;
  /** The classes of a replicate's half, in the order of the network's outputs. */
  readonly classesOf: (replicate: number) => readonly string[];
}

/**
 * What the networks of one name confuse: those of the first split that any of them has, whose answers add up. Undefined where no
 * answers are stored.
 */
export function confusionOf({ results, target, choice, classesOf }: ChosenNetworks): Confusion | undefined {
  const asked = results.filter((run): run is Answered => run.answers !== undefined && run.target === target);
  const first = asked
    .filter(({ name }) => name === choice)
    .toSorted((a, b) => a.replicate - b.replicate)
    .at(0);
  if (!first) return undefined;
  const classes = classesOf(first.replicate);
  const isOfSplit = ({ replicate, answers }: Answered) =>
    classesOf(replicate).join('\n') === classes.join('\n') && sameLabels(answers, first.answers);
  const ofSplit = asked.filter(isOfSplit);
  const chosen = ofSplit.filter(({ name }) => name === choice);
  const counts = classes.map(() => classes.map(() => 0));
  for (const { answers } of chosen)
    answers.labels.forEach((label, image) => {
      counts[label][answers.answers[image]]++;
    });
  return { target, choice, networks: chosen.length, classes, counts, images: mistakenImages(first, ofSplit, classes) };
}

/**
 * The images that a network gets wrong, those first that most other networks do, too: with these something is often the matter,
 * as a wrong label.
 */
function mistakenImages(
  { answers: { labels, answers } }: Answered,
  all: readonly Answered[],
  classes: readonly string[],
): Confusion['images'] {
  const seen = classes.map(() => 0);
  return [...labels]
    .map((label, position) => ({
      ...{ position, class: classes[label], as: classes[answers[position]], ofClass: ++seen[label] },
      wrong: all.filter((other) => other.answers.answers[position] !== label).length,
      asked: all.length,
    }))
    .filter((image) => image.class !== image.as)
    .sort((a, b) => b.wrong - a.wrong || a.position - b.position)
    .slice(0, IMAGES);
}
