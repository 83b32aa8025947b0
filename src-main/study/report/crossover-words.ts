import { aboutImages, exampleName } from '../../common/charts/example-axis.ts';
import type { CrossoverRange, ExampleCurve } from '../../common/results/accuracy.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Finding } from '../analysis/comparisons.ts';

export function crossoverCell({ crossover }: ExampleCurve): string {
  if (!crossover) return '–';
  const { state, examples, range } = crossover;
  const at =
    examples !== null
      ? `at about ${aboutImages(examples)}`
      : state === 'never ahead'
        ? 'never behind'
        : 'not within the measured numbers';
  return range ? `${at}\n${rangeWords(range)}` : at;
}

/** `12 to 80`, `below the fewest to 80`. */
function rangeWords({ low, high }: CrossoverRange): string {
  return `${low === null ? 'below the fewest' : aboutImages(low)} to ${high === null ? 'beyond the most' : aboutImages(high)}`;
}

/** Where training from scratch catches up with each kind of treatment, one sentence for each n. */
export function exampleFindings({ examples }: Analysis): Finding[] {
  const treated = examples.filter(({ kind }) => kind !== 'base');
  return [...Map.groupBy(treated, ({ curve }) => curve)].map(([curve, members]) => ({
    title: curve,
    text: members
      .toSorted((a, b) => a.n - b.n)
      .map(crossoverSentence)
      .join(' '),
  }));
}

/** As careful as the statements: without three replicates it is what these networks show, not what others would. */
export function crossoverSentence(curve: ExampleCurve): string {
  const { crossover, points } = curve;
  const sentence = measuredSentence(curve);
  if (!crossover || crossover.range) return sentence;
  const replicates = Math.max(...points.map((point) => point.replicates));
  return `In ${replicates === 1 ? 'this one replicate' : `these ${replicates} replicates`}: ${sentence} Others may differ.`;
}

function measuredSentence({ name, crossover, points }: ExampleCurve): string {
  if (!crossover) return `${name} has nothing to compare with yet.`;
  const { state, examples, range } = crossover;
  const held = range ? ` (95% range ${rangeWords(range)})` : '';
  if (examples !== null)
    return `Training from scratch catches up with ${name} at about ${aboutImages(examples)} images of each class${held}.`;
  if (state === 'never ahead') return `${name} is not ahead of training from scratch at any measured number of images.`;
  const ahead = `${name} is still ahead with ${exampleName(points.at(-1)!)}`;
  const behind = points.filter(({ gain }) => gain && gain.points < 0).map(exampleName);
  return behind.length > 0
    ? `${ahead}, but behind with ${behind.join(', ')}: these numbers don't show where training from scratch catches up.`
    : `${ahead}: training from scratch does not catch up within the measured numbers.`;
}
