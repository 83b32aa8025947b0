import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holm } from '../../../src-main/study/results/statistics.ts';

it('multiplies the smallest by all, the next by one less, and never lets the order change', () => {
  // By hand: 0.005 × 4, 0.01 × 3, 0.03 × 2, and 0.04 × 1 raised to what stands before it.
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => expect(adjusted[index]).toBeCloseTo(expected, 12));
  expect(holm([])).toEqual([]);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
});

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

it('is between the p-value itself and Bonferroni’s', () => {
  fc.assert(
    fc.property(pValues, (values) => {
      holm(values).forEach((adjusted, index) => {
        expect(adjusted).toBeGreaterThanOrEqual(values[index]);
        expect(adjusted).toBeLessThanOrEqual(Math.min(1, values.length * values[index]) + 1e-12);
      });
    }),
  );
});

it('does not depend on the order', () => {
  fc.assert(
    fc.property(pValues, (values) => {
      expect(holm(values.toReversed())).toEqual(holm(values).toReversed());
    }),
  );
});
