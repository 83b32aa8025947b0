import * as Plot from '@observablehq/plot';
import { layerMark } from './accuracy-chart.ts';
import { spread } from './frame.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, type ChartOptions } from './look.ts';

/** Shares 0..1 of a layer's top images; null where no unit answers. */
export interface LayerShares {
  readonly n: number;
  readonly share: number | null;
  /** Of A's classes. */
  readonly ofA: number | null;
}

export interface SelectivityChartOptions extends ChartOptions {
  readonly label: string;
  /** What blind draws come to. */
  readonly chance: number;
  readonly names: { readonly agreement: string; readonly ofA: string; readonly chance: string };
  readonly axes: { readonly x: string; readonly y: string };
  readonly marked?: number;
}

interface Point {
  readonly n: number;
  readonly percent: number;
}

/** How much the images that excite a unit have in common, layer by layer: their class, and the half that it is of. */
export function selectivityChart(layers: readonly LayerShares[], options: SelectivityChartOptions): SVGSVGElement {
  const palette = paletteOf(options);
  const { names, axes, chance } = options;
  const of = (value: (layer: LayerShares) => number | null): Point[] =>
    layers.flatMap((layer) => {
      const share = value(layer);
      return share === null ? [] : [{ n: layer.n, percent: 100 * share }];
    });
  const lines = [
    { name: names.agreement, points: of(({ share }) => share), stroke: palette.ink, dashes: undefined },
    { name: names.ofA, points: of(({ ofA }) => ofA), stroke: palette.halves.A, dashes: '5 3' },
  ].filter(({ points }) => points.length > 0);
  const ends = lines.map(({ points }) => points.at(-1)!);
  const places = spread(
    ends.map(({ percent }) => percent),
    9,
    { low: 0, high: 100 },
  );
  const last = Math.max(1, ...layers.map(({ n }) => n));
  const chart = Plot.plot({
    ...canvasOf(options),
    ...{ marginTop: 28, marginRight: 92, marginBottom: 44, marginLeft: 48 },
    x: {
      domain: [0.65, last + 0.35],
      ticks: Array.from({ length: last }, (_, i) => i + 1),
      tickFormat: 'd',
      ...bottomAxis(axes.x),
    },
    y: { ...leftAxis(axes.y), domain: [0, 100], ticks: 5 },
    marks: [
      layerMark(options),
      Plot.ruleY([100 * chance], { stroke: palette.faint, strokeDasharray: '1 3' }),
      Plot.text([100 * chance], {
        ...{ x: 0.7, y: (y: number) => y, text: () => names.chance, textAnchor: 'start', dy: -7 },
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
