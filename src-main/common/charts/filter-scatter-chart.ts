import * as Plot from '@observablehq/plot';
import type { FilterClass } from '../results/filters.ts';
import { classLook, CLASS_NAMES } from './filter-classes.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, type ChartOptions } from './look.ts';

/** A filter with a direction. */
export interface DirectedFilter {
  /** 0-based. */
  readonly filter: number;
  readonly class: FilterClass;
  /** Degrees in [0, 180) and cycles per pixel. */
  readonly orientation: number;
  readonly frequency: number;
}

/** Direction of stripes against their frequency, a mark for each filter that has them. */
export function filterScatterChart(
  filters: readonly DirectedFilter[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const palette = paletteOf(options);
  const chart = Plot.plot({
    ...canvasOf(options),
    ...{ marginTop: 28, marginLeft: 44, marginBottom: 40, marginRight: 12 },
    x: {
      ...bottomAxis('Direction of stripes (°)'),
      ...{ domain: [0, 180], ticks: [0, 45, 90, 135, 180], grid: true },
    },
    y: { ...leftAxis('Cycles per pixel'), domain: [0, 0.52], ticks: 5 },
    marks: (['gabor', 'edge'] as const).map((name) => {
      const { colour, symbol } = classLook(name, palette);
      return Plot.dot(
        filters.filter((one) => one.class === name),
        {
          ...{ x: 'orientation', y: 'frequency', r: 4, symbol, stroke: colour, strokeWidth: 1.5 },
          ...{ fill: name === 'gabor' ? colour : palette.surface },
          title: ({ filter, orientation, frequency }) =>
            `Filter ${filter + 1}, ${CLASS_NAMES[name]}: ${Math.round(orientation) % 180}°, ${frequency.toFixed(2)} cycles per pixel`,
        },
      );
    }),
  });
  return finish(chart, options.label);
}
