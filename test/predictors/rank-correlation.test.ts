import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kendall, meanSpearman, permutationP, ranks, spearman } from '../../src-main/predictors/rank-correlation.ts';

it('ranks from 1, and shares the mean rank among equals', () => {
  expect(ranks([10, 30, 20])).toEqual([1, 3, 2]);
  expect(ranks([5, 1, 5, 5, 9])).toEqual([3, 1, 3, 3, 5]);
});

it('Spearman without ties is 1 - 6 Σd² / n(n² - 1), Kendall the share of ordered pairs', () => {
  const permutation = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 7 });
  fc.assert(
    fc.property(permutation, (y) => {
      const x = [1, 2, 3, 4, 5, 6, 7];
      const squares = x.reduce((sum, value, place) => sum + (value - y[place]) ** 2, 0);
      expect(spearman(x, y)).toBeCloseTo(1 - (6 * squares) / (7 * 48), 12);
      const inversions = x.flatMap((i) => x.filter((j) => j > i && y[j - 1] < y[i - 1])).length;
      expect(kendall(x, y)).toBeCloseTo(1 - (2 * inversions) / 21, 12);
    }),
  );
});

it('ties as in the textbook examples', () => {
  // By hand: ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
  expect(spearman([1, 2, 2, 3], [10, 30, 20, 40])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  // Five pairs in order, one tied in x: 5 / sqrt(5 · 6).
  expect(kendall([1, 2, 2, 3], [10, 30, 20, 40])).toBeCloseTo(5 / Math.sqrt(30), 12);
});

it('any rising function of either side changes nothing, a falling one the sign', () => {
  const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(values, values, (x, y) => {
      for (const measure of [spearman, kendall]) {
        const value = measure(x, y);
        const close = (other: number | undefined, expected: number | undefined) =>
          expected === undefined ? expect(other).toBeUndefined() : expect(other).toBeCloseTo(expected, 12);
        close(
          measure(
            x.map(Math.exp),
            y.map((one) => one ** 3),
          ),
          value,
        );
        close(
          measure(
            x.map((one) => -one),
            y,
          ),
          value === undefined ? undefined : -value,
        );
      }
    }),
  );
});

it('is not defined for fewer than three values or all the same', () => {
  expect(spearman([1, 2], [1, 2])).toBeUndefined();
  expect(kendall([1, 2, 3], [4, 4, 4])).toBeUndefined();
  expect(meanSpearman([{ x: [1, 2], y: [1, 2] }])).toBeUndefined();
  expect(permutationP([{ x: [1, 1, 1], y: [1, 2, 3] }], 'seed')).toBeUndefined();
});

it('the permutation test comes close to the exact share of orders', () => {
  const x = [1, 2, 3, 4, 5];
  // Two of 120 orders have |ρ| = 1.
  expect(permutationP([{ x, y: [2, 4, 6, 8, 10] }], 'seed')).toBeCloseTo(2 / 120, 2);
  // Replicates add up: (2 / 120)² and the sign in common.
  expect(
    permutationP(
      [
        { x, y: x },
        { x, y: x },
        { x, y: x },
      ],
      'seed',
    ),
  ).toBeLessThan(0.001);
  expect(permutationP([{ x, y: [3, 1, 4, 5, 2] }], 'seed')).toBeGreaterThan(0.5);
});
