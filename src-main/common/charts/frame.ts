import type { Interval } from '../results/intervals.ts';

/** The range of an axis. */
export interface Frame {
  readonly low: number;
  readonly high: number;
}

/** Points: intervals are drawn so far beyond all values, so that a point or two doesn't look like much beside wide intervals. */
const LEAST_ROOM = 10;

/**
 * Range for values and their intervals, in percent or points of it. Every value fits; wide intervals (two replicates: t = 12.7) may be cut so that
 * they don't press the values into one line: they get at most as much room again on each side.
 */
export function frameOf(values: readonly number[], intervals: readonly Interval[], limits?: Frame): Frame {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = Math.max(most - least, LEAST_ROOM);
  const low = Math.max(least - room, Math.min(least, ...intervals.map((interval) => interval.low)));
  const high = Math.min(most + room, Math.max(most, ...intervals.map((interval) => interval.high)));
  const margin = 0.06 * (high - low || 1);
  return {
    low: Math.max(low - margin, limits?.low ?? -Infinity),
    high: Math.min(high + margin, limits?.high ?? Infinity),
  };
}

/** The part of an interval inside the frame. */
export function clip(interval: Interval, frame: Frame): Interval {
  return { low: Math.max(interval.low, frame.low), high: Math.min(interval.high, frame.high) };
}

/** Moves label positions apart to at least `gap`, as little as possible and keeping their order. */
export function spread(positions: readonly number[], gap: number, frame: Frame): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a] - positions[b]);
  const placed = [...positions];
  // Groups of touching labels move as one, around the mean of where they want to be.
  const groups: { members: number[]; centre: number }[] = [];
  for (const index of order) {
    let group = { members: [index], centre: positions[index] };
    for (let below = groups.at(-1); below && overlaps(below, group, gap); below = groups.at(-1)) {
      groups.pop();
      const members = [...below.members, ...group.members];
      group = { members, centre: members.reduce((sum, member) => sum + positions[member], 0) / members.length };
    }
    groups.push(group);
  }
  for (const { members, centre } of groups) {
    const half = ((members.length - 1) * gap) / 2;
    const inside = Math.min(Math.max(centre, frame.low + half), frame.high - half);
    members.forEach((member, place) => (placed[member] = inside - half + place * gap));
  }
  return placed;
}

function overlaps(
  below: { members: number[]; centre: number },
  above: { members: number[]; centre: number },
  gap: number,
): boolean {
  return above.centre - below.centre < ((below.members.length + above.members.length) / 2) * gap;
}

/** The interval of an accuracy, on an axis of percent. */
export const intervalInPercent = ({
  interval,
}: {
  readonly interval: { readonly low: number; readonly high: number };
}) => ({
  low: 100 * interval.low,
  high: 100 * interval.high,
});
