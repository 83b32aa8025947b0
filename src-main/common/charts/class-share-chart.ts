import * as Plot from '@observablehq/plot';
import { percent } from '../numbers.ts';
import type { FilterClass } from '../results/filters.ts';
import { classLook, CLASS_NAMES, shortName } from './filter-classes.ts';
import { spread } from './frame.ts';
import { bottomAxis, canvasOf, finish, leftAxis, NARROW, paletteOf, WIDTH, type ChartOptions } from './look.ts';

/** The shares of the classes at a step of a training. */
export interface SharesAtStep {
  readonly step: number;
  readonly shares: Readonly<Record<FilterClass, number>>;
}

interface Point {
  readonly name: FilterClass;
  readonly step: number;
  readonly percent: number;
}

/** How the shares of the classes grow while a network learns. Classes without any filter are left out. */
export function classShareChart(
  history: readonly SharesAtStep[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const palette = paletteOf(options);
  const width = options.width ?? WIDTH;
  const names = (Object.keys(CLASS_NAMES) as FilterClass[]).filter((name) =>
    history.some(({ shares }) => shares[name] > 0),
  );
  const lines = names.map((name) => ({
    look: classLook(name, palette),
    name,
    points: history.map(({ step, shares }): Point => ({ name, step, percent: 100 * shares[name] })),
  }));
  // Names stand beside the ends of their lines, far enough from each other to be legible.
  const ends = lines.map(({ points }) => points.at(-1)?.percent ?? 0);
  const places = spread(ends, 9, { low: -4, high: 104 });
  const last = history.at(-1)?.step ?? 0;
  const chart = Plot.plot({
    ...canvasOf(options, 240),
    ...{ marginTop: 28, marginLeft: 44, marginBottom: 40, marginRight: 100 },
    x: { ...bottomAxis('Step'), ticks: width < NARROW ? 4 : 8 },
    y: { ...leftAxis('Filters (%)'), domain: [0, 100], ticks: 5 },
    marks: lines.flatMap(({ points, look, name }, index) => [
      Plot.line(points, {
        ...{ x: 'step', y: 'percent', strokeWidth: 1.75 },
        ...{ stroke: look.colour, strokeDasharray: look.dashes },
      }),
      Plot.dot(points, {
        ...{ x: 'step', y: 'percent', r: 3, symbol: look.symbol, stroke: look.colour },
        title: ({ step, percent: share }: Point) => `${CLASS_NAMES[name]}, step ${step}: ${percent(share / 100, 0)}`,
      }),
      Plot.dot([last], { x: [last], y: [places[index]], dx: 14, r: 3, symbol: look.symbol, stroke: look.colour }),
      Plot.text([shortName(name)], {
        ...{ x: [last], y: [places[index]], text: [shortName(name)], textAnchor: 'start', dx: 22 },
        fill: palette.ink,
      }),
    ]),
  });
  return finish(chart, options.label);
}
