import * as Plot from '@observablehq/plot';
import { counted } from '../numbers.ts';
import { layerMark, marginsOf } from './accuracy-chart.ts';
import { spread } from './frame.ts';
import { bottomAxis, canvasOf, finish, layerTicks, leftAxis, paletteOf, WIDTH, type ChartOptions } from './look.ts';

/** Shares 0..1 of a layer's top images; null if no unit responds. */
export interface LayerShares {
  readonly n: number;
  readonly share: number | null;
  /** The share of A's classes. */
  readonly ofA: number | null;
}

export interface SelectivityChartOptions extends ChartOptions {
  readonly label: string;
  /** The expected share of the most frequent class among images drawn at random. */
  readonly chance: number;
  readonly marked?: number;
  /** Where the axis ends at the least: that of the accuracy chart above it. */
  readonly last?: number;
}

interface Point {
  readonly n: number;
  readonly percent: number;
}

/**
 * How much the images that excite a unit have in common, layer by layer: their class, and the half that it belongs
 * to.
 */
export function selectivityChart(layers: readonly LayerShares[], options: SelectivityChartOptions): SVGSVGElement {
  const palette = paletteOf(options);
  const { chance } = options;
  const of = (value: (layer: LayerShares) => number | null): Point[] =>
    layers.flatMap((layer) => {
      const share = value(layer);
      return share === null ? [] : [{ n: layer.n, percent: 100 * share }];
    });
  const lines = [
    { name: 'same class', points: of(({ share }) => share), stroke: palette.ink, dashes: undefined },
    { name: 'classes of A', points: of(({ ofA }) => ofA), stroke: palette.halves.A, dashes: '5 3' },
  ].filter(({ points }) => points.length > 0);
  const ends = lines.map(({ points }) => points.at(-1)!);
  const places = spread(
    ends.map(({ percent }) => percent),
    9,
    { low: 0, high: 100 },
  );
  const last = Math.max(options.last ?? 1, ...layers.map(({ n }) => n));
  const chart = Plot.plot({
    ...canvasOf(options),
    ...marginsOf(options),
    x: {
      domain: [-0.35, last + 0.3],
      ticks: layerTicks(
        1,
        layers.map(({ n }) => n),
        (options.width ?? WIDTH) - 140,
      ),
      tickFormat: 'd',
      ...bottomAxis('Layer n'),
    },
    y: { ...leftAxis('Share of top images (%)'), domain: [0, 100], ticks: 5 },
    marks: [
      layerMark(options),
      Plot.ruleY([100 * chance], { stroke: palette.faint, strokeDasharray: '1 3' }),
      Plot.text([100 * chance], {
        ...{ x: -0.3, y: (y: number) => y, text: () => 'chance', textAnchor: 'start', dy: -7 },
        fill: palette.faint,
      }),
      ...lines.flatMap(({ points, stroke, dashes, name }, index) => [
        Plot.line(points, { x: 'n', y: 'percent', stroke, strokeWidth: 1.75, strokeDasharray: dashes }),
        Plot.dot(points, { x: 'n', y: 'percent', r: 3.5, fill: dashes ? palette.surface : stroke, stroke }),
        Plot.text([name], {
          x: [ends[index].n],
          y: [places[index]],
          text: [name],
          textAnchor: 'start',
          dx: 12,
          fill: stroke,
        }),
      ]),
    ],
  });
  return finish(chart, options.label);
}

/** How many units of a layer never respond, and how many respond to every image alike; empty if there are none. */
export const deadUnits = (silent: number, constant: number): string =>
  [
    silent > 0
      ? `${counted(silent, 'unit')} ${silent === 1 ? 'is' : 'are'} silent: never above zero for any of these images.`
      : '',
    constant > 0
      ? `${counted(constant, 'unit')} ${constant === 1 ? 'is' : 'are'} constant: the same response to every image.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
