import * as Plot from '@observablehq/plot';
import type { QuickLook } from '../results/quick-look.ts';
import { frameOf, intervalInPercent } from './frame.ts';
import { bottomAxis, canvasOf, finish, layerTicks, leftAxis, paletteOf, WIDTH, type ChartOptions } from './look.ts';

const MARGINS = { marginLeft: 48, marginRight: 24, marginBottom: 44, marginTop: 28 };

/** Top-1 of a linear probe at each cut with its interval; full circles with names are the cuts worth training. */
export function probeChart({ cuts, worth }: QuickLook, options: ChartOptions & { label: string }): SVGSVGElement {
  const palette = paletteOf(options);
  const colour = palette.halves.B;
  const points = cuts.map((cut) => {
    return { ...cut, value: 100 * cut.probe, ...intervalInPercent(cut), isWorth: worth.includes(cut.n) };
  });
  const frame = frameOf(
    points.map(({ value }) => value),
    points,
    { low: 0, high: 100 },
  );
  const layers = points.map(({ n }) => n);
  const chart = Plot.plot({
    ...canvasOf(options, 280),
    ...MARGINS,
    x: {
      domain: [0.65, Math.max(...layers) + 0.35],
      ticks: layerTicks(1, layers, (options.width ?? WIDTH) - MARGINS.marginLeft - MARGINS.marginRight),
      tickFormat: 'd',
      ...bottomAxis('Layer n below the cut'),
    },
    y: { ...leftAxis('Top-1 of a linear probe (%)'), domain: [frame.low, frame.high] },
    marks: [
      Plot.ruleX(points, { x: 'n', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 1.25 }),
      Plot.line(points, { x: 'n', y: 'value', stroke: colour, strokeWidth: 1.75 }),
      Plot.dot(points, {
        ...{ x: 'n', y: 'value', r: 4.5, stroke: colour, strokeWidth: 1.75 },
        fill: ({ isWorth }: { isWorth: boolean }) => (isWorth ? colour : palette.surface),
      }),
      Plot.text(
        points.filter(({ isWorth }) => isWorth),
        { x: 'n', y: 'high', text: 'name', dx: 4, dy: -8, fill: palette.ink, textAnchor: 'end' },
      ),
    ],
  });
  return finish(chart, options.label);
}
