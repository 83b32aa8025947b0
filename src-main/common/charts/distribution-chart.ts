import * as Plot from '@observablehq/plot';
import type { Bar } from '../results/filter-population.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, type ChartOptions } from './look.ts';

/** Pixels of a character of a name. */
const CHARACTER = 7;
/** Names of words are written in two lines. */
const linesOf = (name: string): string[] => (/^\d/.test(name) ? [name] : name.split(/(?<=–)/));

/** A small histogram: one bar for each name, all of one colour. */
export function distributionChart(
  bars: readonly Bar[],
  { axis, ...options }: ChartOptions & { readonly label: string; readonly axis: string },
): SVGSVGElement {
  const { lines, ink } = paletteOf(options);
  const width = options.width ?? 380;
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const longest = Math.max(...bars.flatMap(({ name }) => linesOf(name).map((line) => line.length)));
  const every = Math.ceil((bars.length * (longest + 1) * CHARACTER) / width);
  const chart = Plot.plot({
    ...canvasOf({ ...options, width }, 190),
    ...{ marginTop: 26, marginLeft: 36, marginBottom: 48, marginRight: 8 },
    x: {
      ...bottomAxis(axis),
      domain: [-0.5, bars.length - 0.5],
      ticks: bars.flatMap((_, bar) => (bar % every === 0 ? [bar] : [])),
      tickFormat: (bar: number) => linesOf(bars[bar]?.name ?? '').join('\n'),
    },
    y: { ...leftAxis('Filters'), domain: [0, most], ticks: Math.min(4, most), tickFormat: 'd' },
    marks: [
      Plot.rectY(bars, {
        x1: (_: Bar, bar: number) => bar - 0.5,
        x2: (_: Bar, bar: number) => bar + 0.5,
        ...{ y: 'count', inset: 1, fill: lines.selffer, title: ({ name, count }: Bar) => `${name}: ${count}` },
      }),
      Plot.ruleY([0], { stroke: ink }),
    ],
  });
  return finish(chart, options.label);
}
