import * as Plot from '@observablehq/plot';
import type { PanelPoint, PredictorPanel } from '../results/predictors.ts';
import {
  bottomAxis,
  canvasOf,
  colourOf,
  finish,
  leftAxis,
  paletteOf,
  WIDTH,
  type ChartOptions,
  type Kind,
} from './look.ts';

/** Pixels that a panel needs for its title. */
const LEAST = 150;
const HEIGHT = 190;
const MARGINS = { marginTop: 46, marginBottom: 42, marginLeft: 44, marginRight: 12 };

/** A point whose value is scaled from 0, the lowest of its panel, to 1, the highest. */
export interface ScaledPoint extends PanelPoint {
  readonly scaled: number;
  /** Percent. */
  readonly percent: number;
}

/** Predictors have units of their own, so each panel runs from the lowest to the highest of its values. */
export function scaledPoints({ points }: PredictorPanel): ScaledPoint[] {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return points.map((point) => ({
    ...point,
    scaled: high > low ? (point.value - low) / (high - low) : 0.5,
    percent: 100 * point.accuracy,
  }));
}

/** Points that a line joins, in the order of n. */
const lineOf = ({ replicate, target }: PanelPoint): string => `${replicate} ${target}`;

/** Whether any line has two layers to join. */
export const hasLines = (panels: readonly PredictorPanel[]): boolean =>
  panels.some(({ points }) => new Set(points.map(lineOf)).size < points.length);

function columnsOf(panels: readonly PredictorPanel[], width: number): number {
  const most = Math.max(1, Math.min(4, Math.floor((width - MARGINS.marginLeft) / LEAST)));
  return Math.max(1, Math.min(most, panels.length));
}

/** Small panels, one per predictor: measured accuracy against its values, with layers as numbers. */
export function predictorChart(
  panels: readonly PredictorPanel[],
  kind: Kind,
  {
    across = 'Predictor, lowest to highest',
    up = 'Top-1 (%)',
    ...options
  }: ChartOptions & { readonly label: string; readonly across?: string; readonly up?: string },
): SVGSVGElement {
  const width = options.width ?? WIDTH;
  const columns = columnsOf(panels, width);
  const rows = Math.ceil(panels.length / columns);
  const palette = paletteOf(options);
  const chart = Plot.plot({
    ...canvasOf(options, HEIGHT * rows + 20),
    ...MARGINS,
    fx: { domain: range(columns), axis: null, padding: 0.1 },
    fy: { domain: range(rows), axis: null, padding: 0.3 },
    x: {
      domain: [-0.12, 1.12],
      ticks: [],
      ...bottomAxis(across),
    },
    y: { ...leftAxis(up), ticks: 4, nice: true, inset: 10 },
    marks: panels.flatMap((panel, index) => {
      const place = { fx: () => index % columns, fy: () => Math.floor(index / columns), x: 'scaled', y: 'percent' };
      const points = scaledPoints(panel);
      const head = { fx: place.fx, fy: place.fy, frameAnchor: 'top' as const, lineAnchor: 'bottom' as const };
      return [
        Plot.frame({
          fx: index % columns,
          fy: Math.floor(index / columns),
          stroke: palette.faint,
          strokeOpacity: 0.35,
        }),
        Plot.text([panel.title], {
          ...head,
          dy: -19,
          text: (text: string) => text,
          fill: palette.ink,
          fontWeight: 600,
        }),
        Plot.text([panel.correlation], { ...head, dy: -5, text: (text: string) => text, fill: palette.faint }),
        Plot.line(points, {
          ...place,
          z: lineOf,
          ...{ sort: 'n', stroke: palette.faint, strokeOpacity: 0.45 },
        }),
        Plot.text(points, {
          ...{ ...place, text: ({ n }) => String(n), fill: colourOf(kind, palette), fontWeight: 600 },
          ...{ stroke: palette.surface, strokeWidth: 4 },
        }),
      ];
    }),
  });
  return finish(chart, options.label);
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
