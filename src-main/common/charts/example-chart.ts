import * as Plot from '@observablehq/plot';
import { percent } from '../numbers.ts';
import type { ExampleCurve, ExamplePoint } from '../results/accuracy.ts';
import { marginsOf } from './accuracy-chart.ts';
import { aboutImages, exampleTicks } from './example-axis.ts';
import { clip, type Frame, frameOf, intervalInPercent, spread } from './frame.ts';
import {
  ACCURACY_AXIS,
  bottomAxis,
  canvasOf,
  colourOf,
  finish,
  leftAxis,
  lineOf,
  lookOf,
  markerOf,
  NARROW,
  nameColourOf,
  paletteOf,
  shiftsOf,
  WIDTH,
  type ChartOptions,
} from './look.ts';

export interface ExampleChartOptions extends ChartOptions {
  readonly label: string;
}

const HEIGHT = 380;
const AXIS = 'Training images of each target class (logarithmic)';
const SHORT_AXIS = 'Images of each target class';
/** Markers of one k are shifted sideways by this part of the shift between those of one n. */
const NARROWER = 0.5;

/** Training from scratch is a solid line, because everything is compared with it. */
const SOLID = { strokeDasharray: undefined };

/**
 * Top-1 accuracy against the number of images of each target class, on a logarithmic axis: one line for each curve, with
 * 95% intervals, and a ring where training from scratch catches up with a treatment. All curves are of one n and target.
 */
export function exampleChart(curves: readonly ExampleCurve[], options: ExampleChartOptions): SVGSVGElement {
  const palette = paletteOf(options);
  const width = options.width ?? WIDTH;
  const frame = exampleFrame(curves);
  const ticks = exampleTicks(curves);
  const [first, last] = [ticks[0].examples, ticks.at(-1)!.examples];
  const room = Math.max(1.12, (last / first) ** 0.05);
  const chart = Plot.plot({
    ...canvasOf(options, HEIGHT),
    ...marginsOf(options),
    x: {
      type: 'log',
      domain: [first / room, last * room],
    },
    y: { ...leftAxis(ACCURACY_AXIS), domain: [frame.low, frame.high] },
    marks: [
      Plot.ruleY([frame.low], { stroke: palette.faint }),
      // Plot's own axis leaves out the names of some ticks of a logarithmic scale.
      Plot.axisX(
        ticks.map(({ examples }) => examples),
        {
          text: ticks.map(({ name }) => name),
          ...{ ...bottomAxis(width < NARROW ? SHORT_AXIS : AXIS), labelOffset: 38 },
        },
      ),
      ...crossings(curves, frame, options),
      ...curves.flatMap((curve) => curveMarks(curve, exampleShift(curve, curves), frame, options)),
      ...endNames(curves, frame, last * room, options),
    ],
  });
  return finish(chart, options.label);
}

/** The factor by which the markers of a curve stand beside their k. */
export function exampleShift({ kind }: Pick<ExampleCurve, 'kind'>, curves: readonly ExampleCurve[]): number {
  const ticks = exampleTicks(curves);
  const step = (ticks.at(-1)!.examples / ticks[0].examples) ** (1 / Math.max(1, ticks.length - 1));
  return step ** (NARROWER * shiftsOf(curves.map((curve) => curve.kind))(kind));
}

function exampleFrame(curves: readonly ExampleCurve[]): Frame {
  const points = curves.flatMap((curve) => curve.points);
  const values = points.flatMap(({ accuracy, dots }) => [accuracy, ...dots.map((dot) => dot.accuracy)]);
  return frameOf(
    values.map((value) => 100 * value),
    points.map(intervalInPercent),
    { low: 0, high: 100 },
  );
}

function curveMarks(curve: ExampleCurve, shift: number, frame: Frame, options: ChartOptions): Plot.Markish[] {
  const palette = paletteOf(options);
  const colour = colourOf(curve.kind, palette);
  const means = curve.points.map((point) => ({ k: point.examples * shift, y: 100 * point.accuracy }));
  const bars = curve.points.map((point) => ({ k: point.examples * shift, ...clip(intervalInPercent(point), frame) }));
  const dots = curve.points.flatMap((point) =>
    point.runs > 1 ? point.dots.map((dot) => ({ ...dot, k: point.examples * shift })) : [],
  );
  return [
    Plot.line(means, { x: 'k', y: 'y', ...lineOf(curve.kind, palette), ...(curve.kind === 'base' && SOLID) }),
    Plot.ruleX(bars, { x: 'k', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 1.25 }),
    Plot.dot(dots, {
      ...{ x: 'k', y: (dot: (typeof dots)[number]) => 100 * dot.accuracy, r: 2, fill: colour, fillOpacity: 0.4 },
      title: (dot: (typeof dots)[number]) => `${dot.name}, replicate ${dot.replicate + 1}: ${percent(dot.accuracy)}`,
    }),
    Plot.dot(means, { x: 'k', y: 'y', ...markerOf(curve.kind, palette) }),
  ];
}

interface Ring {
  readonly kind: ExampleCurve['kind'];
  readonly k: number;
  /** Percent. */
  readonly y: number;
  /** Its place among all curves by k. */
  readonly place: number;
}

/** Where training from scratch catches up with curves, on its own line. */
export function ringsOf(curves: readonly ExampleCurve[]): Ring[] {
  const scratch = curves.find(({ kind }) => kind === 'base')?.points ?? [];
  const rising = curves.toSorted((a, b) => (a.crossover?.examples ?? 0) - (b.crossover?.examples ?? 0));
  return rising.flatMap(({ kind, crossover }, place) => {
    const k = crossover?.examples ?? undefined;
    const y = k === undefined ? undefined : between(scratch, k);
    return k === undefined || y === undefined ? [] : [{ kind, k, y, place }];
  });
}

/** A ring each, with the k below. */
function crossings(curves: readonly ExampleCurve[], frame: Frame, options: ChartOptions): Plot.Markish[] {
  const palette = paletteOf(options);
  return ringsOf(curves).flatMap(({ kind, k, y, place }) => {
    const stroke = colourOf(kind, palette);
    return [
      Plot.ruleX([k], { y1: frame.low, y2: y, stroke, strokeDasharray: '1 3' }),
      Plot.dot([k], { x: [k], y: [y], r: 8, stroke, strokeWidth: 1.25 }),
      Plot.text([k], {
        ...{ x: [k], y: [frame.low], text: [`≈ ${aboutImages(k)}`], fill: nameColourOf(kind, palette) },
        // Neighbours stand at different heights.
        ...{ dx: 4, dy: -8 - 14 * (place % 3), textAnchor: 'start' },
      }),
    ];
  });
}

/** Percent at k on straight lines over log k; undefined outside. */
function between(points: readonly ExamplePoint[], k: number): number | undefined {
  const right = points.findIndex(({ examples }) => examples >= k);
  if (right < 0) return undefined;
  const [a, b] = [points[Math.max(0, right - 1)], points[right]];
  const part = a === b ? 0 : Math.log(k / a.examples) / Math.log(b.examples / a.examples);
  return 100 * (a.accuracy + part * (b.accuracy - a.accuracy));
}

/** Names at the right ends of the lines, moved apart where ends meet. */
function endNames(curves: readonly ExampleCurve[], frame: Frame, x: number, options: ChartOptions): Plot.Markish[] {
  const palette = paletteOf(options);
  const width = options.width ?? WIDTH;
  const { marginTop, marginBottom } = marginsOf(options);
  const gap = (15 * (frame.high - frame.low)) / ((options.height ?? HEIGHT) - marginTop - marginBottom);
  const ends = spread(
    curves.map(({ points }) => 100 * points.at(-1)!.accuracy),
    gap,
    frame,
  );
  return curves.flatMap(({ name, kind }, index) => {
    const meaning = kind === 'base' ? 'from scratch' : lookOf(kind).meaning;
    const text = width < NARROW ? name : `${name}  ${meaning}`;
    const place = { x: [x], y: [ends[index]] };
    return [
      Plot.text([text], { ...place, text: [text], fill: nameColourOf(kind, palette), textAnchor: 'start', dx: 22 }),
      Plot.dot([text], { ...place, dx: 12, ...markerOf(kind, palette) }),
    ];
  });
}
