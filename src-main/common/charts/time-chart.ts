import * as Plot from '@observablehq/plot';
import { duration } from '../numbers.ts';
import type { Advice } from '../results/advice.ts';
import { frameOf, intervalInPercent } from './frame.ts';
import {
  ACCURACY_AXIS,
  bottomAxis,
  canvasOf,
  type ChartOptions,
  finish,
  type Kind,
  leftAxis,
  markerOf,
  nameColourOf,
  paletteOf,
  WIDTH,
} from './look.ts';

const MARGINS = { marginLeft: 48, marginRight: 60, marginBottom: 42, marginTop: 28 };

/** Times that differ by less say nothing. */
const SAME_TIME = 1.1;

/** Choices as they are drawn: those whose time is known. None where all take about the same. */
export function timedChoices({ choices }: Pick<Advice, 'choices'>): Advice['choices'] {
  const timed = choices.filter(({ seconds }) => seconds > 0);
  const times = timed.map(({ seconds }) => seconds);
  return Math.max(...times) > SAME_TIME * Math.min(...times) ? timed : [];
}

/** The choices that no other beats in both, the quickest first: a line joins them where there are several. */
export const frontOf = (advice: Pick<Advice, 'choices'>): Advice['choices'] =>
  timedChoices(advice)
    .filter(({ front }) => front)
    .sort((a, b) => a.seconds - b.seconds);

/**
 * Accuracy against the seconds of a training, both of which a choice costs or gains. A line joins those that no other beats in
 * both (the Pareto front), with their names.
 */
export function timeChart(advice: Pick<Advice, 'choices'>, options: ChartOptions & { label: string }): SVGSVGElement {
  const palette = paletteOf(options);
  const placed = (choice: Advice['choices'][number]) => ({
    ...choice,
    value: 100 * choice.accuracy,
    ...intervalInPercent(choice),
  });
  const points = timedChoices(advice).map(placed);
  const front = frontOf(advice).map(placed);
  const values = points.map(({ value }) => value);
  const frame = frameOf(values, points, { low: 0, high: 100 });
  const place = { x: 'seconds', y: 'value' };
  const kinds = [...Map.groupBy(points, ({ kind }) => kind as Kind)];
  const chart = Plot.plot({
    ...canvasOf(options, 320, WIDTH),
    ...MARGINS,
    x: {
      ...bottomAxis('Time of one training'),
      type: 'log',
      ticks: 5,
      tickFormat: (seconds: number) => duration(seconds, { rough: seconds >= 10 }),
    },
    y: { ...leftAxis(ACCURACY_AXIS), domain: [frame.low, frame.high] },
    marks: [
      Plot.ruleX(points, {
        x: 'seconds',
        y1: ({ low }: { low: number }) => Math.max(low, frame.low),
        y2: ({ high }: { high: number }) => Math.min(high, frame.high),
        stroke: palette.faint,
        strokeOpacity: 0.5,
      }),
      Plot.line(front, { ...place, stroke: palette.faint, curve: 'step-after' }),
      ...kinds.map(([kind, own]) => Plot.dot(own, { ...place, ...markerOf(kind, palette) })),
      ...kinds.map(([kind, own]) =>
        Plot.text(
          own.filter((point) => point.front),
          { ...place, text: 'name', dx: 8, dy: -8, textAnchor: 'start', fill: nameColourOf(kind, palette) },
        ),
      ),
    ],
  });
  return finish(chart, options.label);
}
