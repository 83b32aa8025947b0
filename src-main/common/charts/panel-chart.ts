import * as Plot from '@observablehq/plot';
import { signed } from '../numbers.ts';
import type { TreatmentKind } from '../treatments/treatments.ts';
import type { EffectPoint } from '../results/effects.ts';
import { clip, frameOf, type Frame } from './frame.ts';
import {
  bottomAxis,
  canvasOf,
  colourOf,
  finish,
  layerTicks,
  lineOf,
  markerOf,
  paletteOf,
  SHORT_LAYER_AXIS,
  WIDTH,
  type ChartOptions,
  type Palette,
} from './look.ts';

/** One panel: a difference in points of top-1 against n, over the paper's own if there is one. */
export interface Panel {
  readonly title: string;
  readonly kind: TreatmentKind;
  readonly points: readonly EffectPoint[];
  readonly paper?: readonly EffectPoint[];
}

/** Pixels that a panel needs for its title. */
const LEAST = 176;
/** The height of a row of panels. */
const HEIGHT = 290;
/** Part of a panel's width that is left free beside it. */
const PADDING = 0.08;
const MARGINS = { marginTop: 66, marginBottom: 44, marginLeft: 48, marginRight: 12 };

/** How many panels stand beside each other: as many as there is room for, in rows of like length. Without a width, all. */
function columnsOf(panels: readonly Panel[], width = Infinity): number {
  const most = Math.max(1, Math.min(panels.length, Math.floor((width - MARGINS.marginLeft) / LEAST)));
  const rows = Math.max(1, Math.ceil(panels.length / most));
  return Math.max(1, Math.ceil(panels.length / rows));
}

/** Which column and row of a drawing the panels stand in. */
function panelPlaces(panels: readonly Panel[], width?: number): { column: number; row: number }[] {
  const columns = columnsOf(panels, width);
  return panels.map((_, index) => ({ column: index % columns, row: Math.floor(index / columns) }));
}

/** Small panels on one scale, beside and below each other as the width allows. */
export function panelChart(
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
  const places = panelPlaces(panels, options.width);
  const columns = columnsOf(panels, options.width);
  const rows = Math.ceil(panels.length / columns);
  const room = (options.width ?? WIDTH) - MARGINS.marginLeft - MARGINS.marginRight;
  const panelWidth = ((1 - PADDING) * room) / columns;
  const palette = paletteOf(options);
  const chart = Plot.plot({
    ...canvasOf(options, HEIGHT * rows),
    ...MARGINS,
    fx: { domain: range(columns), axis: null, padding: PADDING },
    ...(rows > 1 && { fy: { domain: range(rows), axis: null, padding: 0.34 } }),
    x: {
      domain: [0.6, last + 0.4],
      ticks: layerTicks(
        1,
        all.map(({ n }) => n),
        panelWidth,
      ),
      tickFormat: 'd',
      ...bottomAxis(SHORT_LAYER_AXIS),
    },
    y: {
      domain: [frame.low, frame.high],
      label: null,
      grid: true,
      tickFormat: (value: number) => value.toLocaleString('en', { signDisplay: 'exceptZero' }).replace('-', '−'),
    },
    marks: [
      Plot.text([axis], {
        fx: [0],
        ...(rows > 1 && { fy: [0] }),
        frameAnchor: 'top-left',
        lineAnchor: 'bottom',
        dx: -44,
        dy: -46,
        text: (text: string) => text,
        fill: palette.ink,
      }),
      Plot.ruleY([0], { stroke: palette.ink, strokeOpacity: 0.6 }),
      ...panels.flatMap((panel, index) => {
        const { column, row } = places[index];
        return panelMarks(panel, { fx: () => column, ...(rows > 1 && { fy: () => row }) }, frame, palette);
      }),
    ],
  });
  return finish(chart, options.label);
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

function panelMarks(
  panel: Panel,
  facet: { fx: () => number; fy?: () => number },
  frame: Frame,
  palette: Palette,
): Plot.Markish[] {
  const place = { ...facet, x: 'n' };
  const { ink, faint } = palette;
  return [
    Plot.text([panel.title], {
      ...facet,
      frameAnchor: 'top',
      lineAnchor: 'bottom',
      lineHeight: 1.15,
      dy: -8,
      text: (text: string) => text,
      fill: ink,
    }),
    panel.paper &&
      Plot.line(panel.paper, { ...place, y: 'points', stroke: faint, strokeWidth: 1.5, strokeDasharray: '2 3' }),
    panel.paper && Plot.dot(panel.paper, { ...place, y: 'points', r: 2.5, symbol: 'times', stroke: faint }),
    Plot.line(panel.points, { ...place, y: 'points', ...lineOf(panel.kind, palette) }),
    Plot.ruleX(panel.points, {
      ...place,
      y1: (point) => clip(point.interval, frame).low,
      y2: (point) => clip(point.interval, frame).high,
      stroke: colourOf(panel.kind, palette),
      strokeWidth: 1.25,
    }),
    Plot.dot(panel.points, {
      ...place,
      y: 'points',
      ...markerOf(panel.kind, palette, 3.5),
      title: (point) => `n = ${point.n}: ${signed(point.points)}`,
    }),
  ];
}
