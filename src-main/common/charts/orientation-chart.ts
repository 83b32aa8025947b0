import * as Plot from '@observablehq/plot';
import { canvasOf, finish, paletteOf, type ChartOptions } from './look.ts';

interface Corner {
  readonly bar: number;
  readonly x: number;
  readonly y: number;
}

/** Degrees between two corners of an arc. */
const STEP = 1;

/**
 * Polar histogram of directions: opposite directions are the same, so each bar is drawn on both sides. `counts` are
 * for equal parts of half a turn, the first around 0 degrees (horizontal), counter-clockwise.
 */
export function orientationChart(
  counts: readonly number[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const size = Math.min(options.width ?? SIZE, SIZE);
  const palette = paletteOf(options);
  const most = Math.max(1, ...counts);
  const rings = [...new Set([Math.ceil(most / 2), most])];
  const limit = 1.25 * most;
  const around = Array.from({ length: 181 }, (_, step) => (step * Math.PI) / 90);
  const chart = Plot.plot({
    ...canvasOf(options),
    width: size,
    height: size,
    margin: 4,
    x: { domain: [-limit, limit], axis: null },
    y: { domain: [-limit, limit], axis: null },
    marks: [
      Plot.line(wedges(counts), {
        ...{ x: 'x', y: 'y', z: 'bar', curve: 'linear-closed', strokeWidth: 1 },
        ...{ fill: palette.lines.selffer, stroke: palette.surface },
      }),
      ...rings.map((ring) =>
        Plot.line(around, {
          ...{ x: (angle: number) => ring * Math.cos(angle), y: (angle: number) => ring * Math.sin(angle) },
          ...{ stroke: palette.faint, strokeOpacity: 0.5, strokeWidth: 1 },
        }),
      ),
      Plot.text(rings, {
        ...{ x: (ring: number) => ring * Math.cos(ANGLE), y: (ring: number) => ring * Math.sin(ANGLE) },
        ...{ text: String, fill: palette.ink, stroke: palette.surface, strokeWidth: 3 },
      }),
      Plot.text([0, 45, 90, 135], {
        x: (degrees: number) => 1.13 * most * Math.cos((degrees * Math.PI) / 180),
        y: (degrees: number) => 1.13 * most * Math.sin((degrees * Math.PI) / 180),
        ...{ text: (degrees: number) => `${degrees}°`, fill: palette.ink },
      }),
    ],
  });
  return finish(chart, options.label);
}

const SIZE = 320;
/** The angle of the rings' numbers, between two bars. */
const ANGLE = (22.5 * Math.PI) / 180;

function wedges(counts: readonly number[]): Corner[] {
  const wide = 180 / counts.length;
  return [...counts, ...counts].flatMap((count, bar) => {
    if (count === 0) return [];
    const arc = Array.from({ length: wide / STEP + 1 }, (_, step) => {
      const angle = ((bar * wide - wide / 2 + step * STEP) * Math.PI) / 180;
      return { bar, x: count * Math.cos(angle), y: count * Math.sin(angle) };
    });
    return [{ bar, x: 0, y: 0 }, ...arc];
  });
}
