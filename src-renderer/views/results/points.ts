import { withName } from '../../../src-main/common/cuts.ts';
import { type IntervalSource, isOfImages } from '../../../src-main/common/results/intervals.ts';
import type { LookSection } from '../../../src-main/common/results/look-section.ts';
import type { Predictors } from '../../../src-main/common/results/predictors.ts';
import type { StudyResults } from '../../../src-main/common/contract/studies.ts';
import { dotsOf } from '../../../src-main/common/charts/accuracy-chart.ts';
import { comparisonPanels, variantPanels } from '../../../src-main/common/charts/effects-chart.ts';
import { exampleName } from '../../../src-main/common/charts/example-axis.ts';
import { exampleShift } from '../../../src-main/common/charts/example-chart.ts';
import { shiftsOf, type Kind } from '../../../src-main/common/charts/look.ts';
import { overlaySeries, type OverlayMeasure } from '../../../src-main/common/charts/overlay-chart.ts';
import type { Panel } from '../../../src-main/common/charts/panel-chart.ts';
import { scaledPoints } from '../../../src-main/common/charts/predictor-chart.ts';
import type { Behind, ReadablePoint } from '../../../src-main/common/charts/readable.ts';
import { timedChoices } from '../../../src-main/common/charts/time-chart.ts';
import { curveName } from '../../../src-main/common/treatments/treatments.ts';
import { adviceText } from '../../text/advice.ts';
import { lookText, predictorsText, resultsText } from '../../text/results.ts';

type Curve = StudyResults['curves'][number];
type AccuracyPoint = Curve['points'][number];
type EffectPoint = StudyResults['effects'][number]['points'][number];

/** What a difference is made of: the paper's treatments that are subtracted from each other. */
const PARTS: Readonly<Record<StudyResults['effects'][number]['effect'], readonly [Kind, Kind]>> = {
  'fragile co-adaptation': ['selffer', 'base'],
  'representation specificity': ['transfer', 'selffer'],
  'generalisation boost': ['transfer+', 'base'],
  'generalisation boost over selffer': ['transfer+', 'selffer+'],
  'selffer recovery': ['selffer+', 'base'],
  'transfer over random': ['transfer', 'random'],
};

/** A study as the figures of one target half show it. */
export interface ShownStudy {
  readonly id: string;
  readonly name: string;
  readonly layers: readonly number[];
  readonly curves: readonly Curve[];
  readonly differences: StudyResults['differences'];
  readonly splits: StudyResults['splits'];
  readonly parameters: StudyResults['parameters'];
  readonly cuts: StudyResults['cuts'];
}

export function shownStudy(results: StudyResults, target: 'A' | 'B'): ShownStudy {
  const { study, curves, differences, splits, parameters, cuts } = results;
  const ofTarget = <T extends { target: string }>(list: readonly T[]) => list.filter((item) => item.target === target);
  const { id, name, layers } = study;
  return {
    id,
    name,
    layers,
    curves: ofTarget(curves),
    differences: ofTarget(differences),
    splits,
    parameters: ofTarget(parameters),
    cuts,
  };
}

/** The points of time-chart, one for each choice. */
export function timePoints(study: ShownStudy, advice: StudyResults['advice'][number]): ReadablePoint[] {
  return timedChoices(advice).map(({ kind, n, name, accuracy, interval, seconds, front }) => ({
    x: seconds,
    y: 100 * accuracy,
    series: curveName({ kind, target: advice.target }),
    title: n === 0 ? name : resultsText.at(name, n, study.cuts),
    lines: [
      resultsText.meanAccuracy(accuracy),
      resultsText.interval(interval.low, interval.high),
      adviceText.takes(seconds),
      ...(front ? [adviceText.onFront] : []),
    ],
    behind: behind(study, [kind], n),
  }));
}

/** What a figure of accuracies has, for its caption: `dots` of single networks beside their means, networks that are `single`. */
export type AccuracyContent = 'dots' | 'single' | 'differences' | 'overlaid';

export function accuracyContent(
  studies: readonly ShownStudy[],
  kinds: readonly Kind[],
  measure: OverlayMeasure,
): AccuracyContent {
  if (studies.length > 1) return 'overlaid';
  if (measure === 'difference') return 'differences';
  const shown = studies[0].curves.filter(({ kind }) => kind === 'base' || kinds.includes(kind));
  return shown.some((curve) => dotsOf(curve).length > 0) ? 'dots' : 'single';
}

/** The points of accuracy-chart: of each curve its means, then its single networks where a mean has several. */
export function accuracyPoints(study: ShownStudy, kinds: readonly Kind[]): ReadablePoint[] {
  const shown = study.curves.filter(({ kind }) => kind === 'base' || kinds.includes(kind));
  const shiftOf = shiftsOf(shown.map(({ kind }) => kind));
  return shown.flatMap((curve) => {
    const shift = shiftOf(curve.kind);
    const means = curve.points.map((point) => ({
      x: point.n + shift,
      y: 100 * point.accuracy,
      series: curve.name,
      title: resultsText.at(curve.name, point.n, study.cuts),
      lines: accuracyLines(point, parametersAt(study, curve.kind, point.n)),
      behind: behind(study, [curve.kind], point.n),
    }));
    const dots = dotsOf(curve).map((dot) => ({
      x: dot.n + shift,
      y: 100 * dot.accuracy,
      series: `${curve.name} •`,
      title: resultsText.single(dot.name, dot.replicate),
      lines: [resultsText.meanAccuracy(dot.accuracy), resultsText.singleNetwork],
      behind: { study: study.id, networks: [{ name: dot.name, replicate: dot.replicate }] },
    }));
    return [...means, ...dots];
  });
}

/** The points of overlay-chart. */
export function overlayPoints(
  studies: readonly ShownStudy[],
  kinds: readonly Kind[],
  measure: OverlayMeasure,
): ReadablePoint[] {
  return overlaySeries(studies, { kinds, measure }).flatMap((series) => {
    const study = studies[series.study];
    const accuracies = study.curves.find(({ kind }) => kind === series.kind)?.points ?? [];
    const differences = study.differences.find(({ kind }) => kind === series.kind)?.points ?? [];
    return series.points.map(({ n, value }) => {
      const accuracy = accuracies.find((point) => point.n === n);
      const difference = differences.find((point) => point.n === n);
      const title = resultsText.at(series.name, n, study.cuts);
      return {
        x: n + series.shift,
        y: value,
        series: series.name,
        title: studies.length > 1 ? resultsText.ofStudy(title, study.name) : title,
        lines:
          measure === 'difference'
            ? effectLines(difference!)
            : accuracyLines(accuracy!, parametersAt(study, series.kind, n)),
        behind: behind(study, measure === 'difference' ? [series.kind, 'base'] : [series.kind], n),
      };
    });
  });
}

/** The points of panel-chart, for effects and for comparisons; the paper's own after the study's. */
export function panelPoints(panels: readonly Panel[], study: ShownStudy, parts: readonly (readonly Kind[])[]) {
  return panels.flatMap(({ title, points, paper = [] }, panel): ReadablePoint[] => {
    const name = title.replace('\n', ': ');
    const own = points.map((point) => ({
      x: point.n,
      y: point.points,
      panel,
      series: name,
      title: resultsText.at(name, point.n, study.cuts),
      lines: effectLines(point),
      behind: behind(study, parts[panel], point.n),
    }));
    const others = paper.map((point) => ({
      x: point.n,
      y: point.points,
      panel,
      series: `${name}, the paper`,
      title: resultsText.paper(title.split('\n')[0], point.n),
      lines: effectLines(point),
    }));
    return [...own, ...others];
  });
}

/** The treatments that an effect is the difference of. */
export const partsOf = (effect: keyof typeof PARTS): readonly Kind[] => PARTS[effect];

/** The points of variantsChart: treatments that the paper does not have, against those that they vary. */
export const variantPoints = (study: ShownStudy, variants: StudyResults['variants']): ReadablePoint[] =>
  panelPoints(
    variantPanels(variants),
    study,
    variants.map(({ kind, against }) => [kind, against]),
  );

/** The points of comparisonChart: the study beside the paper's networks. */
export const comparisonPoints = (study: ShownStudy, comparisons: StudyResults['comparisons']): ReadablePoint[] =>
  panelPoints(
    comparisonPanels(comparisons),
    study,
    comparisons.map(({ kind }) => [kind, 'base']),
  );

/** The means of example-chart, in its units, with the networks behind them. */
export function examplePoints(study: string, curves: StudyResults['examples']): ReadablePoint[] {
  return curves.flatMap((curve) => {
    const shift = exampleShift(curve, curves);
    return curve.points.map(({ examples, all, accuracy, interval, runs, replicates, how, gain, dots }) => ({
      x: examples * shift,
      y: 100 * accuracy,
      series: curve.name,
      title: resultsText.withImages(curve.name, exampleName({ examples, all })),
      lines: [
        resultsText.meanAccuracy(accuracy),
        resultsText.interval(interval.low, interval.high),
        ...(gain ? [resultsText.fromScratch(gain.points, gain.interval.low, gain.interval.high)] : []),
        resultsText.networks(runs, replicates),
        ...coverage(how),
      ],
      behind: { study, networks: dots.map(({ name, replicate }) => ({ name, replicate })) },
    }));
  });
}

/** What can be pointed at in the chart of predictors: a layer of a transfer in each panel. */
export const predictorPoints = (
  { kind, panels }: Predictors['chart'],
  { cuts }: Pick<ShownStudy, 'cuts'>,
): ReadablePoint[] =>
  panels.flatMap((panel, place) =>
    scaledPoints(panel)
      .toSorted((a, b) => a.replicate - b.replicate || a.n - b.n)
      .map(({ scaled, percent, n, replicate, target, value }) => ({
        ...{ x: scaled, y: percent, panel: place, series: `${panel.title} ${replicate} ${target}` },
        title: predictorsText.point(panel.title, withName(cuts, n), replicate),
        lines: [predictorsText.value(value), predictorsText.accuracy(predictorsText.curve[kind], percent)],
      })),
  );

export const lookPoints = (
  panels: Predictors['chart']['panels'],
  { cuts }: Pick<ShownStudy, 'cuts'>,
): ReadablePoint[] =>
  panels.flatMap((panel, place) =>
    scaledPoints(panel)
      .toSorted((a, b) => a.replicate - b.replicate || a.n - b.n)
      .map(({ scaled, percent, n, replicate, value }) => ({
        ...{ x: scaled, y: percent, panel: place, series: `${panel.title} ${replicate}` },
        title: predictorsText.point(panel.title, withName(cuts, n), replicate),
        lines: [lookText.value(value), lookText.costs(percent)],
      })),
  );

/** Correlations of the look of layers at each step. */
export const lookStepPoints = (points: LookSection['overSteps']): ReadablePoint[] =>
  points.map(({ measure, step, r, interval }) => ({
    ...{ x: step, y: r, series: measure, title: lookText.atStep(measure, step) },
    lines: [lookText.correlation(r, interval)],
  }));

/** What an interval does not cover. */
const coverage = (how: IntervalSource): string[] =>
  how === 'splits' ? [] : [isOfImages(how) ? resultsText.sampleOnly : resultsText.oneSplit];

type Parameters = StudyResults['parameters'][number];

const parametersAt = ({ parameters }: ShownStudy, kind: Kind, n: number): Parameters | undefined =>
  parameters.find((each) => each.kind === kind && each.n === n);

const accuracyLines = (
  { accuracy, balanced, interval, runs, replicates, how }: AccuracyPoint,
  parameters: Parameters | undefined,
): string[] => [
  resultsText.meanAccuracy(accuracy),
  ...(balanced === null ? [] : [resultsText.balanced(balanced)]),
  resultsText.interval(interval.low, interval.high),
  resultsText.networks(runs, replicates),
  ...(parameters ? [resultsText.trainedOf(parameters.trained, parameters.total)] : []),
  ...coverage(how),
];

const effectLines = ({ points, interval, pairs, replicates, how }: EffectPoint): string[] => [
  resultsText.points(points),
  resultsText.pointsInterval(interval.low, interval.high),
  resultsText.pairs(pairs, replicates),
  ...coverage(how),
];

/** The networks of these treatments at n, and all bases where the base is among them. */
function behind({ id, curves }: ShownStudy, kinds: readonly Kind[], n: number): Behind {
  const networks = kinds.flatMap((kind) => {
    const dots = curves.find((curve) => curve.kind === kind)?.dots ?? [];
    return dots
      .filter((dot) => dot.n === (kind === 'base' ? 0 : n))
      .map(({ name, replicate }) => ({ name, replicate }));
  });
  return { study: id, networks };
}
