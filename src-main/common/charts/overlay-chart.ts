import * as Plot from '@observablehq/plot';
import { signed } from '../numbers.ts';
import type { EffectPoint } from '../results/effects.ts';
import type { AccuracyCurve } from '../results/accuracy.ts';
import type { Interval } from '../results/intervals.ts';
import { accuracyFrame, layerAxes, marginsOf } from './accuracy-chart.ts';
import { clip, frameOf, spread, type Frame } from './frame.ts';
import { parentOf } from '../treatments/treatments.ts';
import {
  canvasOf,
  colourOf,
  finish,
  lookOf,
  nameColourOf,
  paletteOf,
  type ChartOptions,
  type Kind,
  type Symbol,
} from './look.ts';

/** A treatment as the difference from its base. */
interface DifferenceCurve {
  readonly kind: Kind;
  /** `AnB` */
  readonly name: string;
  readonly points: readonly EffectPoint[];
}

/** A study's curves of one target half. */
export interface OverlaidStudy {
  readonly name: string;
  /** The n that it asks for, ascending; a line breaks at an n without a run. */
  readonly layers: readonly number[];
  readonly curves: readonly AccuracyCurve[];
  readonly differences: readonly DifferenceCurve[];
}

/** `difference`: from each study's own base, in points; `accuracy`: in percent. */
export type OverlayMeasure = 'accuracy' | 'difference';

export interface OverlayOptions extends ChartOptions {
  readonly label: string;
  /** Which treatments to draw beside the base. */
  readonly kinds: readonly Kind[];
  readonly measure: OverlayMeasure;
}

/** Dashes of the first, second ... study. Colour and marker show the treatment. */
export const STUDY_DASHES: readonly (string | undefined)[] = [undefined, '7 3', '2 3', '9 3 2 3', '4 2 1 2'];

const SYMBOLS: readonly Symbol[] = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye'];

/** A marker for each treatment: its own, unless another of the same colour and filling has that already. */
export function overlaySymbols(kinds: readonly Kind[]): (kind: Kind) => Symbol {
  const symbols = new Map<Kind, Symbol>();
  for (const kind of new Set(kinds)) {
    const look = lookOf(kind);
    const like = [...symbols].filter(
      ([other]) => parentOf(other) === parentOf(kind) && lookOf(other).hollow === look.hollow,
    );
    const isFree = (symbol: Symbol) => !like.some(([, taken]) => taken === symbol);
    symbols.set(kind, [look.symbol, ...SYMBOLS].find(isFree) ?? look.symbol);
  }
  return (kind) => symbols.get(kind) ?? lookOf(kind).symbol;
}

/** One line: a treatment (or the base) of one study. */
export interface OverlaySeries {
  /** Index of the study. */
  readonly study: number;
  readonly kind: Kind;
  /** `AnB 2`: with several studies, the study's number. */
  readonly name: string;
  /** Sideways shift of its markers, in units of n. */
  readonly shift: number;
  readonly points: readonly OverlayPoint[];
}

interface OverlayPoint {
  readonly n: number;
  /** Percent, or points above the base. */
  readonly value: number;
  readonly interval: Interval;
}

/** The lines that are drawn, study by study. */
export function overlaySeries(
  studies: readonly OverlaidStudy[],
  { kinds, measure }: Pick<OverlayOptions, 'kinds' | 'measure'>,
): OverlaySeries[] {
  const named = (name: string, study: number) => (studies.length > 1 ? `${name} ${study + 1}` : name);
  const series = studies.flatMap((overlaid, study) =>
    linesOf(overlaid, measure)
      .filter(({ kind, points }) => points.length > 0 && (kind === 'base' || kinds.includes(kind)))
      .map(({ kind, name, points }) => ({ study, kind, name: named(name, study), points })),
  );
  const beside = series.filter(({ kind }) => kind !== 'base');
  const slot = Math.min(0.1, 0.6 / Math.max(1, beside.length));
  return series.map((line) => ({
    ...line,
    shift: line.kind === 'base' ? 0 : (beside.indexOf(line) - (beside.length - 1) / 2) * slot,
  }));
}

function linesOf({ curves, differences }: OverlaidStudy, measure: OverlayMeasure) {
  if (measure === 'difference')
    return differences.map(({ kind, name, points }) => {
      return { kind, name, points: points.map(({ n, points, interval }) => ({ n, value: points, interval })) };
    });
  return curves.map(({ kind, name, points }) => ({
    kind,
    name,
    points: points.map(({ n, accuracy, interval: { low, high } }) => {
      return { n, value: 100 * accuracy, interval: { low: 100 * low, high: 100 * high } };
    }),
  }));
}

/** Pixels of a line of text. */
const LINE = 18;

/** Several studies over each other, or one study's differences: means with 95% intervals against n. */
export function overlayChart(studies: readonly OverlaidStudy[], options: OverlayOptions): SVGSVGElement {
  const series = overlaySeries(studies, options);
  const frame = frameOfAll(studies, series, options);
  const layers = series.flatMap(({ points }) => points.map(({ n }) => n));
  const axes = layerAxes(layers, frame, options);
  const palette = paletteOf(options);
  const difference = options.measure === 'difference';
  const margins = { ...marginsOf(options), marginRight: 84 };
  // A page names the studies beside the chart, so only a file needs their names.
  const notes = options.alone && studies.length > 1 ? studies.map(({ name }, index) => `${index + 1}  ${name}`) : [];
  const chart = Plot.plot({
    ...canvasOf(options),
    height: (options.height ?? 400) + LINE * notes.length,
    ...margins,
    marginBottom: margins.marginBottom + LINE * notes.length,
    ...axes,
    ...(difference && {
      y: { ...axes.y, label: 'Points of top-1 above the base', tickFormat: (points: number) => sign(points) },
    }),
    marks: [
      Plot.ruleY([frame.low], { stroke: palette.faint }),
      difference ? Plot.ruleY([0], { stroke: palette.ink, strokeOpacity: 0.6 }) : undefined,
      ...series.flatMap((line) =>
        seriesMarks(line, lineFrom(line, series, studies[line.study].layers, options.measure), frame, options),
      ),
      ...endNames(series, frame, options),
      ...notes.map((note, index) =>
        Plot.text([note], {
          frameAnchor: 'bottom-left',
          textAnchor: 'start',
          lineAnchor: 'top',
          dy: 46 + LINE * index,
          text: [note],
          fill: palette.ink,
        }),
      ),
    ],
  });
  return finish(chart, options.label);
}

/** A tick of the axis, without decimals if it is whole. */
const sign = (points: number): string => (Number.isInteger(points) ? signed(points).replace('.0', '') : signed(points));

function frameOfAll(
  studies: readonly OverlaidStudy[],
  series: readonly OverlaySeries[],
  { kinds, measure }: OverlayOptions,
): Frame {
  if (measure === 'accuracy')
    return accuracyFrame(
      studies.flatMap(({ curves }) => curves.filter(({ kind }) => kind === 'base' || kinds.includes(kind))),
    );
  const points = series.flatMap((line) => line.points);
  const values = points.map(({ value }) => value);
  return frameOf(
    [0, ...values],
    points.map(({ interval }) => interval),
  );
}

function seriesMarks(
  line: OverlaySeries,
  path: readonly { n: number; value: number }[],
  frame: Frame,
  options: OverlayOptions,
): Plot.Markish[] {
  const palette = paletteOf(options);
  const stroke = colourOf(line.kind, palette);
  const dashes = STUDY_DASHES[line.study];
  const means = line.points.map(({ n, value }) => ({ n: n + line.shift, value }));
  const bars = line.points.map(({ n, interval }) => ({ n: n + line.shift, ...clip(interval, frame) }));
  return [
    line.kind === 'base'
      ? Plot.ruleY(means, { y: 'value', stroke, strokeOpacity: 0.5, strokeDasharray: dashes })
      : Plot.line(path, {
          x: 'n',
          y: 'value',
          stroke,
          strokeWidth: 1.75,
          strokeDasharray: dashes,
        }),
    Plot.ruleX(bars, { x: 'n', y1: 'low', y2: 'high', stroke, strokeWidth: 1.25 }),
    Plot.dot(means, { x: 'n', y: 'value', ...markOf(line, options) }),
  ];
}

/** The means in order of n, from the study's base at n = 0. */
function lineFrom(
  { study, shift, points }: OverlaySeries,
  all: readonly OverlaySeries[],
  layers: readonly number[],
  measure: OverlayMeasure,
) {
  const base = all.find((line) => line.study === study && line.kind === 'base')?.points[0]?.value;
  const start = measure === 'difference' ? 0 : base;
  const byLayer = new Map(points.map(({ n, value }) => [n, value]));
  return [
    ...(start === undefined ? [] : [{ n: 0, value: start }]),
    ...layers.map((n) => ({ n: n + shift, value: byLayer.get(n) ?? NaN })),
  ];
}

function markOf({ kind }: OverlaySeries, options: OverlayOptions) {
  const palette = paletteOf(options);
  const stroke = colourOf(kind, palette);
  const fill = lookOf(kind).hollow ? palette.surface : stroke;
  return { r: 4, symbol: overlaySymbols(options.kinds)(kind), stroke, strokeWidth: 1.75, fill };
}

/** Names at the right ends, moved apart where ends meet. */
function endNames(series: readonly OverlaySeries[], frame: Frame, options: OverlayOptions): Plot.Markish[] {
  const palette = paletteOf(options);
  const { marginTop, marginBottom } = marginsOf(options);
  const gap = (15 * (frame.high - frame.low)) / ((options.height ?? 400) - marginTop - marginBottom);
  const ends = spread(
    series.map(({ points }) => points.at(-1)!.value),
    gap,
    frame,
  );
  const x = Math.max(1, ...series.flatMap(({ points }) => points.map(({ n }) => n))) + 0.3;
  return series.flatMap((line, index) => [
    Plot.text([line.name], {
      x,
      y: [ends[index]],
      text: [line.name],
      fill: nameColourOf(line.kind, palette),
      textAnchor: 'start',
      dx: 22,
    }),
    Plot.dot([line.name], { x, y: [ends[index]], dx: 12, ...markOf(line, options) }),
  ]);
}
