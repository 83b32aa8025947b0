import * as Plot from '@observablehq/plot';
import { percent } from '../numbers.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, type ChartOptions } from './look.ts';

/** The similarities of matched filters of two networks, and of each with untrained ones. */
export interface Similarities {
  /** `baseA and baseB` */
  readonly name: string;
  /** Of each pair, -1 to 1. */
  readonly similarities: readonly number[];
  readonly untrained: readonly number[];
}

interface Bar {
  readonly low: number;
  readonly high: number;
  readonly percent: number;
}

/** The width of a bar in units of similarity. */
const STEP = 0.1;

/** Two histograms over each other, each of 100%: learned pairs as bars, untrained ones as an outline. */
export function similarityChart(
  { name, similarities, untrained }: Similarities,
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const palette = paletteOf(options);
  const { lines, ink, surface } = palette;
  const least = Math.min(0, ...[...similarities, ...untrained].map((value) => binOf(value) / 10));
  const [pairs, random] = [barsOf(similarities, least), barsOf(untrained, least)];
  const chart = Plot.plot({
    ...canvasOf(options),
    ...{ marginTop: 60, marginLeft: 44, marginBottom: 40, marginRight: 12 },
    x: { ...bottomAxis('Similarity'), domain: [least, 1], ticks: 5 },
    y: { ...leftAxis('Pairs of filters (%)'), ticks: 5, zero: true },
    marks: [
      Plot.rectY(pairs, {
        ...{ x1: 'low', x2: 'high', y: 'percent', inset: 1, fill: lines.selffer, fillOpacity: 0.75 },
        title: ({ low, high, percent: share }: Bar) =>
          `${name}: ${percent(share / 100, 0)} of similarity ${low.toFixed(1)} to ${high.toFixed(1)}`,
      }),
      // A light line under the dashes keeps them visible on bars.
      ...[
        { stroke: surface, strokeWidth: 4, strokeOpacity: 0.7 },
        { stroke: ink, strokeWidth: 1.75, strokeDasharray: '5 3' },
      ].map((look) => Plot.line(outline(random), { x: 'x', y: 'y', ...look })),
      ...key([`■  ${name}`, '╌  each with untrained filters'], [lines.selffer, ink]),
    ],
  });
  return finish(chart, options.label);
}

/** The key, between the plot and the name of its axis. */
const key = (words: readonly string[], colours: readonly string[]): Plot.Markish[] =>
  words.map((word, line) =>
    Plot.text([word], {
      ...{ frameAnchor: 'top-left', lineAnchor: 'bottom', dx: -40, dy: 15 * line - 25 },
      ...{ text: (text: string) => text, fill: colours[line] },
    }),
  );

/** Number of the bar that a value is in: 1 is the upper end of the last. */
const binOf = (value: number): number => Math.min(9, Math.floor(value / STEP + 1e-9));

function barsOf(values: readonly number[], least: number): Bar[] {
  const first = Math.round(least / STEP);
  return Array.from({ length: 10 - first }, (_, index) => {
    const place = first + index;
    const inside = values.filter((value) => binOf(value) === place).length;
    return { low: place / 10, high: (place + 1) / 10, percent: (100 * inside) / Math.max(1, values.length) };
  });
}

/** The outline of a histogram as one line. */
const outline = (bars: readonly Bar[]): { x: number; y: number }[] => [
  { x: bars[0].low, y: 0 },
  ...bars.flatMap(({ low, high, percent }) => [
    { x: low, y: percent },
    { x: high, y: percent },
  ]),
  { x: 1, y: 0 },
];
