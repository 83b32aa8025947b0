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
  const left = crowded(points, front);
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
      ...kinds.flatMap(([kind, own]) => {
        const [before, after] = [true, false].map((side) =>
          own.filter((point) => point.front && left.has(point.name) === side),
        );
        const look = { ...place, text: 'name', dy: -8, fill: nameColourOf(kind, palette) };
        return [
          Plot.text(before, { ...look, dx: -8, textAnchor: 'end' }),
          Plot.text(after, { ...look, dx: 8, textAnchor: 'start' }),
        ];
      }),
    ],
  });
  return finish(chart, options.label);
}

interface Timed {
  readonly name: string;
  readonly seconds: number;
}

/** Of the width of the axis: what a name and its marker take. */
const ROOM = 0.09;

/** Names of those whose next one on the front is so near that a name between them would lie over its marker. */
function crowded(all: readonly Timed[], front: readonly Timed[]): ReadonlySet<string> {
  const times = all.map(({ seconds }) => Math.log(seconds));
  const width = Math.max(...times) - Math.min(...times);
  const near = front.filter((one, place) => {
    const next = front[place + 1];
    return next !== undefined && Math.log(next.seconds / one.seconds) < ROOM * width;
  });
  return new Set(near.map(({ name }) => name));
}
