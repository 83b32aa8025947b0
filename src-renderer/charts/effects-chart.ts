import * as Plot from '@observablehq/plot';
import type { EffectCurve, EffectName, EffectPoint } from '../../src-main/study/effects.ts';
import type { TreatmentKind } from '../../src-main/study/treatment.ts';
import { cut, frameOf } from './frame.ts';
import { FAINT, finish, FONT, INK, lineOf, LOOKS, markerOf, signed, WIDTH, type ChartOptions } from './look.ts';

/** One panel: a difference in points of top-1 against n, with the paper's own behind where there is one. */
interface Panel {
  readonly title: string;
  readonly kind: TreatmentKind;
  readonly points: readonly EffectPoint[];
  readonly paper?: readonly EffectPoint[];
}

const SHOWN: readonly { effect: EffectName; kind: TreatmentKind }[] = [
  { effect: 'fragile co-adaptation', kind: 'selffer' },
  { effect: 'representation specificity', kind: 'transfer' },
  { effect: 'generalisation boost', kind: 'transfer+' },
];

/** The paper's three effects against n, beside each other on one scale. */
export function effectsChart(
  effects: readonly EffectCurve[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const panels = SHOWN.flatMap(({ effect, kind }) => {
    const curve = effects.find((candidate) => candidate.effect === effect);
    return curve ? [{ title: `${effect}\n${curve.difference}`, kind, points: curve.points }] : [];
  });
  return panelChart(panels, 'Points of top-1', options);
}

export interface Comparison {
  readonly kind: TreatmentKind;
  /** `AnB` */
  readonly name: string;
  readonly own: readonly EffectPoint[];
  readonly paper: readonly EffectPoint[];
}

/**
 * A study's treatments and the paper's, each as the difference from its own base. Accuracies themselves can't be
 * compared (other images, other numbers of classes), differences can, with care.
 */
export function comparisonChart(
  comparisons: readonly Comparison[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const panels = comparisons.map(({ kind, name, own, paper }) => ({
    title: `${name}\n${LOOKS[kind].meaning}`,
    kind,
    points: own,
    paper,
  }));
  return panelChart(panels, 'Points of top-1 above the base', options);
}

function panelChart(
  panels: readonly Panel[],
  axis: string,
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const all = panels.flatMap(({ points, paper }) => [...points, ...(paper ?? [])]);
  const frame = frameOf(
    [0, ...all.map((point) => point.points)],
    panels.flatMap(({ points }) => points.map((point) => point.interval)),
  );
  const last = Math.max(1, ...all.map((point) => point.n));
  const chart = Plot.plot({
    document: options.document,
    width: options.width ?? WIDTH,
    height: 290,
    marginTop: 66,
    marginBottom: 44,
    marginLeft: 48,
    marginRight: 12,
    style: FONT,
    fx: { domain: panels.map(({ title }) => title), axis: null, padding: 0.08 },
    x: {
      domain: [0.6, last + 0.4],
      ticks: Array.from({ length: last }, (_, index) => index + 1),
      tickFormat: 'd',
      label: 'Layer n',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      domain: [frame.low, frame.high],
      label: null,
      grid: true,
      tickFormat: (value: number) => value.toLocaleString('en', { signDisplay: 'exceptZero' }).replace('-', '−'),
    },
    marks: [
      Plot.text([axis], {
        fx: [panels[0]?.title],
        frameAnchor: 'top-left',
        lineAnchor: 'bottom',
        dx: -44,
        dy: -46,
        text: (text: string) => text,
        fill: INK,
      }),
      Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.6 }),
      ...panels.flatMap((panel) => {
        const place = { fx: () => panel.title, x: 'n' };
        return [
          Plot.text([panel.title], {
            fx: () => panel.title,
            frameAnchor: 'top',
            lineAnchor: 'bottom',
            dy: -8,
            text: (text: string) => text,
            fill: INK,
          }),
          panel.paper &&
            Plot.line(panel.paper, { ...place, y: 'points', stroke: FAINT, strokeWidth: 1.5, strokeDasharray: '2 3' }),
          panel.paper && Plot.dot(panel.paper, { ...place, y: 'points', r: 2.5, symbol: 'times', stroke: FAINT }),
          Plot.line(panel.points, { ...place, y: 'points', ...lineOf(panel.kind) }),
          Plot.ruleX(panel.points, {
            ...place,
            y1: (point) => cut(point.interval, frame).low,
            y2: (point) => cut(point.interval, frame).high,
            stroke: LOOKS[panel.kind].colour,
            strokeWidth: 1.25,
          }),
          Plot.dot(panel.points, {
            ...place,
            y: 'points',
            ...markerOf(panel.kind, 3.5),
            title: (point) => `n = ${point.n}: ${signed(point.points)}`,
          }),
        ];
      }),
    ],
  });
  return finish(chart, options.label);
}
