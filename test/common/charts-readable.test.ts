import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest, walk, type ReadablePoint, type Step } from '../../src-main/common/charts/readable.ts';

const point = (series: string, x: number, y = 0): ReadablePoint => ({
  series,
  x,
  y,
  title: `${series} ${x}`,
  lines: [],
});

test('left and right follow a curve by its x, whatever the order of its points, and stop at its ends', () => {
  const points = [point('a', 3), point('b', 1), point('a', 1), point('a', 2)];
  expect(walk(points, 2, 'right')).toBe(3);
  expect(walk(points, 3, 'right')).toBe(0);
  expect(walk(points, 0, 'right')).toBe(0);
  expect(walk(points, 0, 'first')).toBe(2);
  expect(walk(points, 2, 'left')).toBe(2);
});

test('up and down lead to the neighbouring curve at the nearest x', () => {
  const points = [point('a', 1), point('a', 5), point('b', 2), point('b', 6)];
  expect(walk(points, 1, 'down')).toBe(3);
  expect(walk(points, 2, 'up')).toBe(0);
  expect(walk(points, 0, 'up')).toBe(0);
});

test('every point can be reached from every other by keys', () => {
  const charts = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 20 })), {
    minLength: 1,
    maxLength: 12,
    selector: String,
  });
  fc.assert(
    fc.property(charts, (drawn) => {
      const points = drawn.map(([series, x]) => point(series, x));
      expect(reachable(points, 0).size).toBe(points.length);
    }),
  );
});

function reachable(points: readonly ReadablePoint[], from: number): Set<number> {
  const steps: Step[] = ['left', 'right', 'up', 'down', 'first', 'last'];
  const seen = new Set([from]);
  for (const at of seen) for (const step of steps) seen.add(walk(points, at, step));
  return seen;
}

test('the pointer finds the nearest point within its reach, and none beyond it', () => {
  const places = [{ left: 0, top: 0 }, undefined, { left: 30, top: 0 }];
  expect(nearest(places, { left: 20, top: 5 })).toBe(2);
  expect(nearest(places, { left: 10, top: 5 })).toBe(0);
  expect(nearest(places, { left: 200, top: 5 })).toBeUndefined();
});
