import * as Plot from '@observablehq/plot';
import type { LookSection } from '../results/look-section.ts';
import { spread } from './frame.ts';
import { bottomAxis, canvasOf, finish, leftAxis, NARROW, paletteOf, WIDTH, type ChartOptions } from './look.ts';

type Point = LookSection['overSteps'][number];

/** How well measures of layers at each step go with what their transfer costs in the end: r, and its interval as a band. */
export function lookStepsChart(
  points: readonly Point[],
  { label, ...options }: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const palette = paletteOf(options);
  const looks = [
    { stroke: palette.ink, dashes: undefined },
    { stroke: palette.halves.B, dashes: '5 3' },
  ];
  const lines = [...Map.groupBy(points, ({ measure }) => measure)].map(([measure, of], place) => {
    return { measure, points: of, ...looks[place % looks.length] };
  });
  const ends = spread(
    lines.map(({ points }) => points.at(-1)!.r),
    0.16,
    { low: -1, high: 1 },
  );
  const chart = Plot.plot({
    ...canvasOf(options, 240),
    ...{ marginTop: 28, marginLeft: 44, marginBottom: 40, marginRight: 100 },
    x: {
      ...bottomAxis('Optimiser step of the bases'),
      ticks: (options.width ?? WIDTH) < NARROW ? 4 : 8,
      tickFormat: 'd',
    },
    y: { ...leftAxis('r with AnB − BnB'), domain: [-1, 1], ticks: 5 },
    marks: [
      Plot.ruleY([0], { stroke: palette.faint, strokeDasharray: '1 3' }),
      ...lines.flatMap(({ measure, points, stroke, dashes }, place) => [
        Plot.areaY(points, {
          ...{ x: 'step', y1: ({ interval }: Point) => interval.low, y2: ({ interval }: Point) => interval.high },
          ...{ fill: stroke, fillOpacity: 0.1 },
        }),
        Plot.line(points, { x: 'step', y: 'r', stroke, strokeWidth: 1.75, strokeDasharray: dashes }),
        Plot.dot(points, { x: 'step', y: 'r', r: 2, stroke, fill: dashes ? palette.surface : stroke }),
        Plot.text([measure], {
          ...{ x: [points.at(-1)!.step], y: [ends[place]], text: [measure], textAnchor: 'start', dx: 8 },
          fill: stroke,
        }),
      ]),
    ],
  });
  return finish(chart, label);
}
