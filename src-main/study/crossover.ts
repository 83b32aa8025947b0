import type { Crossover } from '../common/results/accuracy.ts';
import type { Interval } from '../common/results/intervals.ts';

interface Measured {
  readonly examples: number;
  /** The treatment less training from scratch. */
  readonly gain: { readonly points: number; readonly interval: Interval; readonly replicates: number } | null;
}

/** Replicates from which on an interval of the crossing is worth the name: with two, Student's t is 12.7. */
const ENOUGH = 3;

/**
 * Of measurements in rising order. The range inverts the intervals of the difference (as Fieller does for a ratio): it ends
 * where their lower and upper bounds cross zero, so it is open where they don't. It holds at each k by itself, not for all k
 * at once. Null without a pair.
 */
export function crossoverOf(measured: readonly Measured[]): Crossover | null {
  const points = measured.flatMap(({ examples, gain }) => (gain ? [{ examples, ...gain }] : []));
  if (points.length === 0) return null;
  const crossing = (value: (point: (typeof points)[number]) => number) =>
    lastCrossing(points.map((point) => ({ examples: point.examples, value: value(point) })));
  const middle = crossing(({ points: mean }) => mean);
  const certain = points.every(({ replicates }) => replicates >= ENOUGH);
  return {
    state: middle === 'after' ? 'still ahead' : middle === 'before' ? 'never ahead' : 'crossed',
    examples: typeof middle === 'number' ? middle : null,
    range: certain
      ? {
          low: within(
            crossing(({ interval }) => interval.low),
            { before: null, after: points.at(-1)!.examples },
          ),
          high: within(
            crossing(({ interval }) => interval.high),
            { before: points[0].examples, after: null },
          ),
        }
      : null,
  };
}

type Crossing = number | 'before' | 'after';

const within = (crossing: Crossing, outside: Readonly<Record<'before' | 'after', number | null>>): number | null =>
  typeof crossing === 'number' ? crossing : outside[crossing];

/** From where on no value is above zero. */
function lastCrossing(series: readonly { examples: number; value: number }[]): Crossing {
  const ahead = series.findLastIndex(({ value }) => value > 0);
  if (ahead < 0) return 'before';
  if (ahead === series.length - 1) return 'after';
  const [left, right] = [series[ahead], series[ahead + 1]];
  const part = left.value / (left.value - right.value);
  return Math.exp(Math.log(left.examples) + part * Math.log(right.examples / left.examples));
}
