import * as Plot from '@observablehq/plot';
import { partsOf, type TreatmentKind } from '../treatments/treatments.ts';
import { clip, frameOf, spread, type Frame, intervalInPercent } from './frame.ts';
import { percent } from '../numbers.ts';
import type { AccuracyCurve } from '../results/accuracy.ts';
import {
  ACCURACY_AXIS,
  bottomAxis,
  canvasOf,
  colourOf,
  finish,
  LAYER_AXIS,
  leftAxis,
  lineOf,
  layerTicks,
  lookOf,
  markerOf,
  nameColourOf,
  NARROW,
  paletteOf,
  shiftsOf,
  SHORT_LAYER_AXIS,
  WIDTH,
  type ChartOptions,
  type Palette,
} from './look.ts';

export interface AccuracyChartOptions extends ChartOptions {
  /** Which treatments to draw beside the base. */
  readonly kinds: readonly TreatmentKind[];
  /** Accuracy of guessing, a fraction, drawn as a line. */
  readonly chance?: number;
  readonly label: string;
  /** The n that were asked for, ascending; a line breaks at an n without a run. Absent: 1, 2, 3 ... */
  readonly layers?: readonly number[];
  /** The layer n that is selected elsewhere. */
  readonly marked?: number;
  /** Where the axis ends at the least, so that charts below each other have one axis. */
  readonly last?: number;
  /** Curves of charts beside it, which its axis of accuracy has room for, too: so that they have one axis. */
  readonly beside?: readonly AccuracyCurve[];
}

const HEIGHT = 400;

/** Margins, with room on the right for the names of the lines, and for what they mean if the chart is wide. */
export function marginsOf({ width = WIDTH }: ChartOptions) {
  return { marginTop: 28, marginRight: width < NARROW ? 72 : 196, marginBottom: 46, marginLeft: 52 };
}

/**
 * The paper's Figure 2, top: top-1 accuracy against n, one line of means per treatment starting from the base at n = 0,
 * with 95% intervals and the single runs as dots.
 */
export function accuracyChart(curves: readonly AccuracyCurve[], options: AccuracyChartOptions): SVGSVGElement {
  const shown = baseLast(curves.filter(({ kind }) => kind === 'base' || options.kinds.includes(kind)));
  const frame = accuracyFrame([...shown, ...(options.beside ?? [])], options.chance);
  const chance = options.chance === undefined ? undefined : 100 * options.chance;
  const palette = paletteOf(options);
  const { faint } = palette;
  const chart = Plot.plot({
    ...canvasOf(options, HEIGHT),
    ...marginsOf(options),
    ...layerAxes([...layersOf(shown), options.last ?? 1], frame, options),
    marks: [
      layerMark(options),
      Plot.ruleY([frame.low], { stroke: faint }),
      chance === undefined ? undefined : Plot.ruleY([chance], { stroke: faint, strokeDasharray: '1 3' }),
      chance === undefined
        ? undefined
        : Plot.text([chance], {
            y: (y: number) => y,
            x: -0.3,
            text: () => 'chance',
            textAnchor: 'start',
            dy: -7,
            fill: faint,
          }),
      baseLine(shown, palette),
      ...shown.flatMap((curve) => curveMarks(curve, shown, frame, options)),
      ...endLabels(shown, frame, options, options.last),
    ],
  });
  return finish(chart, options.label);
}

/** A band behind the lines, half a layer wide. */
export function layerMark({ marked, ...options }: ChartOptions & { readonly marked?: number }): Plot.Markish {
  if (marked === undefined) return undefined;
  return Plot.ruleX([marked], { stroke: paletteOf(options).faint, strokeOpacity: 0.22, strokeWidth: 22 });
}

/** The base is drawn over the lines that start from it. */
export function baseLast(curves: readonly AccuracyCurve[]): AccuracyCurve[] {
  return curves.toSorted((a, b) => Number(a.kind === 'base') - Number(b.kind === 'base'));
}

/** x is n, y is percent; integers only on x. */
export function layerAxes(layers: readonly number[], frame: Frame, options: ChartOptions): Plot.PlotOptions {
  const { width = WIDTH } = options;
  const { marginLeft, marginRight } = marginsOf(options);
  const last = Math.max(1, ...layers);
  return {
    x: {
      domain: [-0.35, last + 0.3],
      ticks: layerTicks(0, [0, ...layers], width - marginLeft - marginRight),
      tickFormat: 'd',
      ...bottomAxis(width < NARROW ? SHORT_LAYER_AXIS : LAYER_AXIS),
      labelOffset: 38,
    },
    y: { ...leftAxis(ACCURACY_AXIS), domain: [frame.low, frame.high] },
  };
}

/** The single networks of a curve that are drawn as small dots: where a mean has several. */
export const dotsOf = ({ points, dots }: AccuracyCurve): AccuracyCurve['dots'] =>
  points.some(({ runs }) => runs > 1) ? dots : [];

/** Every n that has a point. */
export const layersOf = (curves: readonly AccuracyCurve[]): number[] =>
  curves.flatMap((curve) => curve.points.map((point) => point.n));

const lastLayer = (curves: readonly AccuracyCurve[]): number => Math.max(1, ...layersOf(curves));

export function accuracyFrame(curves: readonly AccuracyCurve[], chance?: number): Frame {
  const values = curves.flatMap(({ points, dots }) => [...points, ...dots].map(({ accuracy }) => 100 * accuracy));
  const intervals = curves.flatMap(({ points }) => points.map(intervalInPercent));
  return frameOf(chance === undefined ? values : [...values, 100 * chance], intervals, { low: 0, high: 100 });
}

/** The base across the whole width, with which every treatment is compared. */
function baseLine(curves: readonly AccuracyCurve[], { ink }: Palette): Plot.Markish {
  const base = curves.find(({ kind }) => kind === 'base')?.points[0];
  return base ? Plot.ruleY([100 * base.accuracy], { stroke: ink, strokeOpacity: 0.45 }) : undefined;
}

/** The means in order of n, from the base at n = 0; an n without runs breaks the line. */
export function meanLine(
  curve: AccuracyCurve,
  curves: readonly AccuracyCurve[],
  shifted: boolean,
  asked?: readonly number[],
): { n: number; y: number }[] {
  const base = curves.find(({ kind }) => kind === 'base')?.points[0];
  const byLayer = new Map(curve.points.map((point) => [point.n, 100 * point.accuracy]));
  const shift = shifted ? shiftsOf(curves.map(({ kind }) => kind))(curve.kind) : 0;
  const start = base && curve.kind !== 'base' ? [{ n: 0, y: 100 * base.accuracy }] : [];
  const layers = asked ?? Array.from({ length: Math.max(0, ...byLayer.keys()) }, (_, index) => index + 1);
  return [...start, ...layers.map((n) => ({ n: n + shift, y: byLayer.get(n) ?? NaN }))];
}

function curveMarks(
  curve: AccuracyCurve,
  curves: readonly AccuracyCurve[],
  frame: Frame,
  options: AccuracyChartOptions,
): Plot.Markish[] {
  const palette = paletteOf(options);
  const shift = shiftsOf(curves.map(({ kind }) => kind))(curve.kind);
  const colour = colourOf(curve.kind, palette);
  const bars = curve.points.map((point) => ({ n: point.n + shift, ...clip(intervalInPercent(point), frame) }));
  const means = curve.points.map((point) => ({ n: point.n + shift, y: 100 * point.accuracy }));
  const dots = dotsOf(curve);
  return [
    Plot.line(meanLine(curve, curves, true, options.layers), { x: 'n', y: 'y', ...lineOf(curve.kind, palette) }),
    Plot.ruleX(bars, { x: 'n', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 1.25 }),
    Plot.dot(dots, {
      x: (dot) => dot.n + shift,
      y: (dot) => 100 * dot.accuracy,
      r: 2,
      fill: colour,
      fillOpacity: 0.4,
      title: (dot) => `${dot.name}, replicate ${dot.replicate + 1}: ${percent(dot.accuracy)}`,
    }),
    Plot.dot(means, { x: 'n', y: 'y', ...markerOf(curve.kind, palette) }),
  ];
}

/** Characters that have room beside a line's end. */
const LONGEST_LABEL = 30;

/** What a line is, as long as it has room. */
function endLabel(name: string, kind: TreatmentKind): string {
  const whole = `${name}  ${lookOf(kind).meaning}`;
  return whole.length <= LONGEST_LABEL ? whole : `${name}  ${partsOf(kind).definition.words.short}`;
}

/** Names at the right ends of the lines, moved apart where ends meet; the base's name stands at its line. */
export function endLabels(
  curves: readonly AccuracyCurve[],
  frame: Frame,
  options: ChartOptions,
  last = 1,
): Plot.Markish[] {
  const palette = paletteOf(options);
  const { marginTop, marginBottom } = marginsOf(options);
  const narrow = (options.width ?? WIDTH) < NARROW;
  const ends = curves.filter(({ points }) => points.length > 0);
  const gap = (15 * (frame.high - frame.low)) / ((options.height ?? HEIGHT) - marginTop - marginBottom);
  const places = spread(
    ends.map(({ points }) => 100 * points.at(-1)!.accuracy),
    gap,
    frame,
  );
  const x = Math.max(last, lastLayer(curves)) + 0.3;
  return ends.flatMap(({ name, kind }, index) => {
    const text = kind === 'base' || narrow ? name : endLabel(name, kind);
    return [
      Plot.text([text], {
        x,
        y: [places[index]],
        text: [text],
        fill: nameColourOf(kind, palette),
        textAnchor: 'start',
        dx: 22,
      }),
      Plot.dot([text], { x, y: [places[index]], dx: 12, ...markerOf(kind, palette) }),
    ];
  });
}
