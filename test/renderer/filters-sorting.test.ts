import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FilterFit } from '../../src-main/common/contract/runs.ts';
import type { FilterClass } from '../../src-main/common/results/filters.ts';
import { stepUpTo } from '../../src-renderer/filters/bank.ts';
import { orderOf, SORTINGS } from '../../src-renderer/views/filters/sorting.ts';

const measures = (norm: number, orientation: number | null, colour: number) => ({
  norm,
  orientation,
  colour,
  frequency: null,
  hue: null,
  oddity: null,
});

test('filters are sorted by what was measured; those without an orientation stand at the end', () => {
  const filters = [measures(1, 90, 0.1), measures(3, null, 0.9), measures(2, 10, 0.5), measures(2, null, 0.5)];
  expect(orderOf(filters, 'network')).toEqual([0, 1, 2, 3]);
  expect(orderOf(filters, 'norm')).toEqual([1, 2, 3, 0]);
  expect(orderOf(filters, 'orientation')).toEqual([2, 0, 1, 3]);
  expect(orderOf(filters, 'colour')).toEqual([1, 2, 3, 0]);
});

test('by kind, Gabor-like filters come first, those that are explained best before others', () => {
  const fit = (name: FilterClass, explained: number) => ({ class: name, gabor: { explained } }) as FilterFit;
  const fits = [fit('noise', 0.6), fit('gabor', 0.8), fit('dead', 0), fit('gabor', 0.9), fit('edge', 0.99)];
  const filters = fits.map(() => measures(1, null, 0));
  expect(orderOf(filters, 'kind', fits)).toEqual([3, 1, 4, 0, 2]);
  // Before they are fitted.
  expect(orderOf(filters, 'kind')).toEqual([0, 1, 2, 3, 4]);
});

test('every sorting shows every filter once, whatever was measured', () => {
  const filter = fc
    .tuple(fc.double(), fc.option(fc.double({ min: 0, max: 180 })), fc.double())
    .map(([norm, orientation, colour]) => measures(norm, orientation, colour));
  fc.assert(
    fc.property(fc.array(filter), fc.constantFrom(...SORTINGS), (filters, sorting) => {
      expect(orderOf(filters, sorting).sort((a, b) => a - b)).toEqual(filters.map((_, index) => index));
    }),
  );
});

test('a history that has no picture of a step shows the one before it', () => {
  expect(stepUpTo([0, 10, 40], 39)).toBe(10);
  expect(stepUpTo([0, 10, 40], 40)).toBe(40);
  expect(stepUpTo([5], 0)).toBe(5);
  expect(stepUpTo([], 3)).toBeUndefined();
});
