import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import { accuracyChart } from '../../src-main/common/charts/accuracy-chart.ts';
import { curvesAt } from '../../src-main/common/charts/example-axis.ts';
import { exampleChart, ringsOf } from '../../src-main/common/charts/example-chart.ts';
import type { Kind } from '../../src-main/common/charts/look.ts';
import { overlayChart } from '../../src-main/common/charts/overlay-chart.ts';
import { hasLines, predictorChart } from '../../src-main/common/charts/predictor-chart.ts';
import { frontOf, timeChart } from '../../src-main/common/charts/time-chart.ts';
import type { PredictorPanel } from '../../src-main/common/results/predictors.ts';
import type { FilterClass } from '../../src-main/common/results/filters.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { baseDifferences } from '../../src-main/study/analysis/comparisons.ts';
import { chartDocument as document, resultFigures } from '../../src-main/study/report/figures.ts';
import { exampleFigures } from '../../src-main/study/report/examples.ts';
import type { StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { adviceText } from '../../src-renderer/text/advice.ts';
import { lookText, predictorsText, resultsText } from '../../src-renderer/text/results.ts';
import FilterFit from '../../src-renderer/views/filters/FilterFit.svelte';
import type { Fits } from '../../src-renderer/views/filters/fits.ts';
import { accuracyContent, type ShownStudy } from '../../src-renderer/views/results/points.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

// A caption names a mark where the figure has one, and nowhere else.

/** Small dots have the names of their networks. */
const hasDots = (svg: string): boolean => /<circle[^>]* r="2"/.test(svg);
/** Lines of one colour that lead somewhere. */
const leads = (svg: SVGSVGElement, stroke: string): boolean =>
  [...svg.querySelectorAll('path')].some((path) => {
    const colour = path.getAttribute('stroke') ?? path.parentElement?.getAttribute('stroke');
    return colour === stroke && /[LHV]/.test(path.getAttribute('d') ?? '');
  });
const FAINT = '#6b7280';

function shown(study: StudyReport): ShownStudy {
  const { curves, analysis } = { analysis: analyse(study), curves: analyse(study).curves };
  return {
    ...{ id: 'one', name: 'one', layers: study.protocol.layers, splits: study.splits, cuts: [], parameters: [] },
    curves: curves.filter(({ target }) => target === 'B'),
    differences: baseDifferences('B', analysis),
  };
}

test('the figure of accuracies has small dots where its caption says so: not of one replicate, switched off, or as differences', () => {
  const [one, three] = [1, 3].map((replicates) => shown(madeUpStudy({ replicates })));
  const curvesOf = ({ curves }: ShownStudy, wanted: (kind: Kind) => boolean) =>
    curves.filter(({ kind }) => wanted(kind));
  /** Of AnB+ alone there are several networks. */
  const mixed = {
    ...one,
    curves: [...curvesOf(one, (kind) => kind !== 'transfer+'), ...curvesOf(three, (kind) => kind === 'transfer+')],
  };
  const promised: boolean[] = [];
  for (const study of [one, three, mixed])
    for (const kinds of [['transfer'], ['transfer', 'transfer+']] as const)
      for (const measure of ['accuracy', 'difference'] as const) {
        const options = { document, kinds, measure, label: 'x' };
        const chart = measure === 'accuracy' ? accuracyChart(study.curves, options) : overlayChart([study], options);
        const content = accuracyContent([study], kinds, measure);
        if (content === 'overlaid') throw new Error('there is one study');
        const says = resultsText.accuracyCaption(content).includes('small dots');
        expect(says).toBe(hasDots(chart.outerHTML));
        promised.push(says);
      }
  expect(promised).toEqual([false, false, false, false, true, false, true, false, false, false, true, false]);
  expect(accuracyContent([one, three], ['transfer'], 'accuracy')).toBe('overlaid');
});

test.each([1, 2, 8])(
  'captions of the report name the dots, numbers and grey brackets that there are: %i replicates',
  (replicates) => {
    const study = madeUpStudy({ replicates });
    const figures = new Map(resultFigures(study, analyse(study)).map((figure) => [figure.name, figure]));
    const top = figures.get('figure-2-top')!;
    expect(top.caption.includes('Small dots are single networks.')).toBe(hasDots(top.svg));
    expect(hasDots(top.svg)).toBe(replicates > 1);
    const bottom = figures.get('figure-2-bottom')!;
    expect(bottom.caption.includes('Each numbered bracket')).toBe(/<circle[^>]* r="8"/.test(bottom.svg));
    expect(bottom.caption.includes('Each numbered bracket')).toBe(replicates > 2);
    expect(bottom.caption.includes('Grey brackets')).toBe(bottom.svg.includes('not told from chance at any n'));
  },
);

test('a ring is spoken of where training from scratch catches up with a curve that is shown', () => {
  const { examples } = analyse(madeUpStudy({ replicates: 3, layers: [1], examples: [5, 50] }));
  const curves = curvesAt(examples, 'B', 1);
  const [base] = curves.filter(({ kind }) => kind === 'base');
  const middle = Math.sqrt(base.points[0].examples * base.points.at(-1)!.examples);
  const crossing = (examples: number | null) =>
    curves.map((curve) => ({
      ...curve,
      crossover:
        curve.kind === 'transfer' ? { state: examples ? 'crossed' : 'still ahead', examples, range: null } : null,
    })) as typeof curves;
  for (const drawn of [crossing(middle), crossing(null), crossing(middle).filter(({ kind }) => kind !== 'base')]) {
    const rings = /<circle[^>]* r="8"/.test(exampleChart(drawn, { document, label: 'x' }).outerHTML);
    expect(resultsText.examplesCaption(ringsOf(drawn).length > 0).includes('A ring marks')).toBe(rings);
  }
  expect([crossing(middle), crossing(null)].map((drawn) => ringsOf(drawn).length)).toEqual([1, 0]);
  const report = (drawn: typeof curves) =>
    exampleFigures({ ...analyse(madeUpStudy({ layers: [1] })), examples: drawn })[0].caption;
  expect(report(crossing(middle))).toContain('A ring marks');
  expect(report(crossing(null))).not.toContain('A ring marks');
});

test('a line is spoken of where it joins several: of the Pareto front, of layers of a transfer', () => {
  const [advice] = analyse(madeUpStudy()).advice;
  const front = (most: number) => ({
    choices: advice.choices.map((choice, place) => ({ ...choice, seconds: 10 * (place + 1), front: place < most })),
  });
  for (const most of [1, 3]) {
    const line = leads(timeChart(front(most), { document, label: 'x' }), FAINT);
    expect(adviceText.timeCaption(frontOf(front(most)).length > 1).includes('A line joins')).toBe(line);
    expect(line).toBe(most > 1);
  }
  for (const layers of [[3], [1, 3]]) {
    const points = layers.map((n) => ({ n, replicate: 0, target: 'B' as const, value: n, accuracy: 0.5 }));
    const panels: PredictorPanel[] = [{ title: 'LEEP', correlation: 'ρ = 1', points }];
    const line = leads(predictorChart(panels, 'transfer', { document, label: 'x' }), FAINT);
    expect(predictorsText.chartCaption('AnB', hasLines(panels)).includes('a line joins')).toBe(line);
    expect(lookText.chartCaption(hasLines(panels)).includes('a line joins')).toBe(line);
    expect(line).toBe(layers.length > 1);
  }
});

test.each(['gabor', 'colour blob'] as const)(
  'of the drawing of a %s what is said is what is drawn',
  (name: FilterClass) => {
    const filter = {
      ...{ class: name, component: 'luminance', axis: 'other', share: 1 },
      gabor: { x: 0, y: 0, along: 1, across: 1, orientation: 30, frequency: 0.2, phase: 0, explained: 0.9 },
      blob: { x: 0, y: 0, width: 1, explained: 0.9 },
    };
    const planes = { shape: [1, 3, 3, 3] as const, weights: new Float32Array(27).fill(1) };
    const fits = { bank: { filters: [filter] }, planes } as unknown as Fits;
    const { body } = render(FilterFit, { props: { fits, filter: 0 } });
    expect(body).toContain('<ellipse');
    expect(body.includes('its line runs along the stripes')).toBe(body.includes('<line'));
  },
);
