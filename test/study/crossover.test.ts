import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crossoverOf } from '../../src-main/study/results/examples.ts';

/** Measurements at numbers of images, `spread` points to both sides of their means. */
const measured = (gains: readonly (readonly [examples: number, points: number])[], spread = 1, units = 3) =>
  gains.map(([examples, points]) => ({
    examples,
    gain: { points, interval: { low: points - spread, high: points + spread }, units },
  }));

test('training from scratch catches up on a straight line over the logarithm of the number of images', () => {
  const crossover = crossoverOf(
    measured(
      [
        [1, 30],
        [10, 10],
        [1000, -10],
      ].map(([k, points]) => [k, points] as const),
    ),
  );
  expect(crossover).toMatchObject({ state: 'crossed' });
  // Half way from 10 to 1000 over the logarithm.
  expect(crossover!.examples).toBeCloseTo(100, 9);
  // The bounds cross one twentieth of the way to both sides.
  expect(crossover!.range!.low).toBeCloseTo(100 / 10 ** 0.1, 9);
  expect(crossover!.range!.high).toBeCloseTo(100 * 10 ** 0.1, 9);
});

test('where both are at chance with few images, an early tie is not yet catching up', () => {
  const crossover = crossoverOf(
    measured([
      [1, -0.2],
      [5, 12],
      [25, 4],
      [125, -4],
    ]),
  );
  expect(crossover!.examples).toBeCloseTo(25 * Math.sqrt(5), 9);
});

test('a treatment that is ahead with all images was not caught up with, and one that never was ahead is said to be so', () => {
  expect(
    crossoverOf(
      measured([
        [5, 20],
        [25, 3],
      ]),
    ),
  ).toEqual({
    state: 'still ahead',
    examples: null,
    range: { low: 25, high: null },
  });
  expect(
    crossoverOf(
      measured([
        [5, 20],
        [25, 0.5],
      ]),
    )!.range!.low,
  ).toBeLessThan(25);
  expect(
    crossoverOf(
      measured([
        [5, -3],
        [25, -2],
      ]),
    ),
  ).toEqual({
    state: 'never ahead',
    examples: null,
    range: { low: null, high: 5 },
  });
});

test('with fewer than three units there is no range, and without pairs no crossover', () => {
  expect(
    crossoverOf(
      measured(
        [
          [5, 3],
          [25, -3],
        ],
        1,
        2,
      ),
    )!.range,
  ).toBeNull();
  expect(crossoverOf([{ examples: 5, gain: null }])).toBeNull();
});

test('whatever was measured, a crossover lies between the numbers around it and within its range', () => {
  const gains = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: -300, max: 300 })), {
    minLength: 2,
    selector: ([k]) => k,
  });
  fc.assert(
    fc.property(gains, fc.integer({ min: 1, max: 100 }), (unsorted, spread) => {
      const series = unsorted.map(([k, tenths]) => [k, tenths / 10] as const).sort(([a], [b]) => a - b);
      const { state, examples, range } = crossoverOf(measured(series, spread / 10))!;
      expect(range!.low ?? 0).toBeLessThanOrEqual(range!.high ?? Infinity);
      if (state === 'still ahead') expect(series.at(-1)![1]).toBeGreaterThan(0);
      if (state === 'never ahead') expect(series.every(([, points]) => points <= 0)).toBe(true);
      if (examples === null) return;
      const right = series.findIndex(([k]) => k >= examples * (1 - 1e-9));
      expect(series.slice(right).every(([, points]) => points <= 0)).toBe(true);
      expect(series[right - 1][1]).toBeGreaterThan(0);
      expect(range!.low ?? 0).toBeLessThanOrEqual(examples * (1 + 1e-9));
      expect(range!.high ?? Infinity).toBeGreaterThanOrEqual(examples * (1 - 1e-9));
    }),
  );
});
