import { effectCurves, type EffectCurve, type EffectName, type EffectPoint } from '../effects.ts';
import { readPaperRuns } from '../paper.ts';
import { wilsonInterval } from '../statistics.ts';
import type { Half } from '../treatment.ts';
import type { Analysis } from './analysis.ts';
import type { StudyReport } from './study-report.ts';
import { percent, percentRange, plural, signed, signedRange } from './words.ts';

/** A finding: what was asked, and what the numbers say, in one or two sentences. */
export interface Finding {
  readonly title: string;
  readonly text: string;
}

/** The effects that are summed up, in the order of the paper's section 4.1. `-1`: expected to be a drop. */
const SUMMED_UP: readonly { effect: EffectName; title: string; direction: 1 | -1 }[] = [
  { effect: 'fragile co-adaptation', title: 'Fragile co-adaptation', direction: -1 },
  { effect: 'representation specificity', title: 'Representation specificity', direction: -1 },
  { effect: 'generalisation boost', title: 'Generalisation boost', direction: 1 },
  { effect: 'transfer over random', title: 'Even distant features against random ones', direction: 1 },
];

/** The answer at a glance. Every number is computed from the study's own runs; the paper's stand beside as such. */
export function findings(report: StudyReport, analysis: Analysis): Finding[] {
  return analysis.targets.flatMap((target) => {
    const suffix = analysis.targets.length > 1 ? ` (trained on ${target})` : '';
    const effects = SUMMED_UP.flatMap(({ effect, title, direction }) => {
      const curve = analysis.effects.find((candidate) => candidate.effect === effect && candidate.target === target);
      return curve ? [{ title: title + suffix, text: effectSentence(curve, direction, report) }] : [];
    });
    return [...baseFinding(analysis, target, suffix), ...effects];
  });
}

function baseFinding(analysis: Analysis, target: Half, suffix: string): Finding[] {
  const base = analysis.curves.find((curve) => curve.kind === 'base' && curve.target === target);
  if (!base)
    return [
      { title: `Base networks${suffix}`, text: 'No base network finished: there is nothing to compare with yet.' },
    ];
  const [point] = base.points;
  const chance = analysis.chance[target];
  const learnt = analysis.results
    .filter((run) => run.kind === 'base' && (analysis.pooling.directions === 'pooled' || run.target === target))
    .every(({ correct, total }) => wilsonInterval(correct, total).low > chance);
  const accuracy = `${percent(point.accuracy)} % of held-out images right (95 % interval ${percentRange(point.interval)} %, ${plural(point.runs, 'run')})`;
  const text = learnt
    ? `${base.name} gets ${accuracy}; guessing would get ${percent(chance)} %.`
    : `${base.name} gets ${accuracy}, which can't be told from guessing (${percent(chance)} %). It hasn't learnt enough for the curves to mean anything; train longer or on more images.`;
  return [{ title: `Base networks${suffix}`, text }];
}

function effectSentence(curve: EffectCurve, direction: 1 | -1, report: StudyReport): string {
  const largest = extreme(curve.points, direction);
  const { low, high } = largest.interval;
  const place =
    curve.points.length > 1 ? `is ${direction > 0 ? 'highest' : 'lowest'} at n = ${largest.n}` : `at n = ${largest.n}`;
  const size = `${signed(largest.points)} points (95 % interval ${signedRange(largest.interval)})`;
  return `${curve.difference} ${place}: ${size}.${verdict(direction, largest.points, low, high)}${paperSentence(curve.effect, direction, report)}`;
}

function verdict(direction: 1 | -1, points: number, low: number, high: number): string {
  if (direction * points <= 0) return ` No ${direction > 0 ? 'gain' : 'drop'} was seen at any n.`;
  return low <= 0 && high >= 0 ? ' The interval includes zero: this study does not establish the effect.' : '';
}

/** What the same statistics give for the paper's own networks, where its logs allow it. */
function paperSentence(effect: EffectName, direction: 1 | -1, report: StudyReport): string {
  if (report.protocol.split.kind !== 'random') return '';
  const curve = effectCurves(readPaperRuns().random, { directions: 'pooled' }).find((paper) => paper.effect === effect);
  if (!curve) return '';
  const largest = extreme(curve.points, direction);
  return ` The paper's networks (ImageNet): ${signed(largest.points)} at n = ${largest.n}.`;
}

function extreme(points: readonly EffectPoint[], direction: 1 | -1): EffectPoint {
  return points.reduce((best, point) => (direction * point.points > direction * best.points ? point : best));
}

/** What the intervals cover and what they don't. */
export function caveats(report: StudyReport, { replicates, pooling }: Analysis): string[] {
  const splits = new Set(report.splits.map(({ splitSeed }) => splitSeed)).size;
  const intervals =
    replicates === 1
      ? 'One replicate: intervals are of the held-out sample only (Wilson for accuracies, Newcombe for differences, as if the two networks were tested on independent images). They say nothing about other splits or seeds.'
      : `Intervals are Student's t over ${replicates} replicates (one replicate is one split and one training seed); differences are paired by replicate. Where only one replicate finished, the interval is of the held-out sample only and marked with *.`;
  const shared =
    replicates > splits && splits > 1
      ? ['Replicates of the same split are not independent of each other: over splits alone, intervals would be wider.']
      : replicates > 1 && splits === 1
        ? ['All replicates share one split of the classes: intervals cover training seeds, not other splits.']
        : [];
  const pooled =
    pooling.directions === 'pooled'
      ? [
          'With random halves A and B are alike in expectation; as in the paper, both directions stand under the names of target B.',
        ]
      : [];
  return [
    intervals,
    ...shared,
    ...pooled,
    'The n named above is the one where an effect is largest; picking the largest of several makes it look larger than it is. Intervals are not adjusted for the number of comparisons.',
  ];
}
