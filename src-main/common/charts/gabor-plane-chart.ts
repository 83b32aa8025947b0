import * as Plot from '@observablehq/plot';
import { LEAST_NX, PLANE_EDGES, type PlacedFilter, type PlanePoint, V1_CELLS } from '../results/filter-population.ts';
import { classLook, CLASS_NAMES } from './filter-classes.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, type ChartOptions } from './look.ts';

interface GaborPlane {
  readonly filters: readonly PlacedFilter[];
  /** Gabor functions that fit untrained filters best. */
  readonly untrained: readonly PlanePoint[];
}

/** The ends of both axes, in cycles. */
const DOMAIN = [0.1, 6.3];
const TICKS = [0.1, 0.25, 0.5, 1, 2, 4];
const inside = (value: number): number => Math.min(DOMAIN[1], Math.max(DOMAIN[0], value));

/**
 * The plane of n_x and n_y: filters as marks, Gabor functions of untrained filters as crosses, and the simple cells of V1 as
 * squares, darker the more cells.
 */
export function gaborPlaneChart(
  { filters, untrained }: GaborPlane,
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const palette = paletteOf(options);
  const cells = V1_CELLS.flatMap((row, x) =>
    row.flatMap((count, y) =>
      count > 0
        ? [{ x1: PLANE_EDGES[x], x2: PLANE_EDGES[x + 1], y1: PLANE_EDGES[y], y2: PLANE_EDGES[y + 1], count }]
        : [],
    ),
  );
  const most = Math.max(...V1_CELLS.flat());
  const place = { x: ({ nx }: PlanePoint) => inside(nx), y: ({ ny }: PlanePoint) => inside(ny) };
  const axis = { type: 'log' as const, domain: DOMAIN, ticks: TICKS, tickFormat: (value: number) => String(value) };
  const chart = Plot.plot({
    ...canvasOf(options, 340),
    ...{ marginTop: 28, marginLeft: 44, marginBottom: 40, marginRight: 12 },
    x: { ...bottomAxis('n_x: width across the stripes (cycles)'), ...axis, grid: true },
    y: { ...leftAxis('n_y: length along the stripes (cycles)'), ...axis },
    marks: [
      Plot.rect(cells, {
        ...{ x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', inset: 0.5, fill: palette.faint },
        fillOpacity: ({ count }: { count: number }) => 0.12 + (0.5 * count) / most,
        title: ({ count }: { count: number }) => `${count} simple cells of V1`,
      }),
      Plot.text(cells, {
        x: ({ x1, x2 }: { x1: number; x2: number }) => Math.sqrt(x1 * x2),
        y: ({ y1, y2 }: { y1: number; y2: number }) => Math.sqrt(y1 * y2),
        ...{ text: 'count', fill: palette.ink, fillOpacity: 0.75, fontSize: 10 },
      }),
      Plot.ruleX([LEAST_NX], { stroke: palette.faint, strokeDasharray: '2 3' }),
      Plot.dot(untrained, { ...place, symbol: 'times', r: 2.5, stroke: palette.lines.random, strokeOpacity: 0.7 }),
      ...(['edge', 'gabor'] as const).map((name) => {
        const { colour, symbol } = classLook(name, palette);
        return Plot.dot(
          filters.filter((one) => one.class === name),
          {
            ...{ ...place, r: 4, symbol, stroke: colour, strokeWidth: 1.5 },
            fill: name === 'gabor' ? colour : palette.surface,
            title: ({ filter, nx, ny }: PlacedFilter) =>
              `Filter ${filter + 1}, ${CLASS_NAMES[name]}: n_x ${nx.toFixed(2)}, n_y ${ny.toFixed(2)}`,
          },
        );
      }),
    ],
  });
  return finish(chart, options.label);
}
