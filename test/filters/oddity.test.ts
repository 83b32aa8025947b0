import { expect, test } from 'vitest';
import { oddityWords } from '../../src-main/common/charts/filter-classes.ts';
import { fitBank } from '../../src-main/filters/fit/bank-fit.ts';
import { calibrate } from '../../src-main/filters/fit/calibration.ts';
import { generalityOf } from '../../src-main/filters/matching/generality.ts';
import { measureFilters, oddityOf } from '../../src-main/filters/measure.ts';
import { blob, drawn, grey, stripes } from './drawn.ts';

const bar = grey((x, y) => blob(1)(x, y) * stripes(30, 0.3)(x, y));
const odd = drawn(
  5,
  () => [0, 0, 0],
  () => [0.5, 0.5, 0.5],
  () => [1, -1, 0],
  (x, y) => [x === 1 && y === 1 ? NaN : 1, 0, 0],
  (x, y) => [x === 1 && y === 1 ? Infinity : x, 0, 0],
  bar,
);
const expected = ['zero', 'constant', 'constant', 'not finite', 'not finite', undefined];

test('a filter that is zero, constant in each channel, or holds what is no number is told from others', () => {
  expect(expected.map((_, filter) => oddityOf(odd, filter))).toEqual(expected);
  // One weight is a pattern of its own: nothing is constant about it.
  expect(oddityOf({ shape: [1, 1, 1, 1], data: Float32Array.of(2) }, 0)).toBeUndefined();
});

test('each is said once for all filters, with how many', () => {
  expect(oddityWords(expected as never)).toEqual([
    expect.stringMatching(/^2 of the 6 filters have weights that are not numbers, .* diverged/),
    '1 of the 6 filters is zero everywhere and responds to nothing.',
    '2 of the 6 filters are the same everywhere in each channel: a flat average of the colour below them, which responds to no pattern.',
  ]);
  expect(oddityWords([undefined, null])).toEqual([]);
});

test('whatever a bank holds, every number of its measures, fits and matches is one', () => {
  const finite = (value: unknown): boolean =>
    typeof value === 'number'
      ? Number.isFinite(value)
      : typeof value !== 'object' || value === null || Object.values(value).every(finite);
  const calibration = calibrate([3, 5, 5], { seed: 'odd', filters: 8 });
  const zero = drawn(5, ...expected.map(() => () => [0, 0, 0]));
  const nothing = { shape: odd.shape, data: new Float32Array(odd.data.length).fill(NaN) };
  for (const bank of [odd, zero, nothing]) {
    const fits = fitBank(bank, calibration);
    expect(fits.map(({ oddity }) => oddity)).toEqual(measureFilters(bank).map(({ oddity }) => oddity));
    for (const numbers of [fits, measureFilters(bank), generalityOf(odd, bank, 'odd', 1)])
      expect(finite(numbers)).toBe(true);
  }
  expect(fitBank(zero, calibration).map((fit) => fit.class)).toEqual(expected.map(() => 'dead'));
});

test('what is the same everywhere, grey or of a colour, strong or weak, is never counted as a blob', () => {
  const five = calibrate([3, 5, 5], { seed: 'odd', filters: 8 });
  const flat = (red: number, green: number, blue: number) => () => [red, green, blue];
  const bank = drawn(5, flat(1, 1, 1), flat(-0.5, -0.5, -0.5), flat(1, 0, -1), flat(0.2, 0.9, 0.4), bar, bar, bar);
  expect(
    fitBank(bank, five)
      .map((fit) => fit.class)
      .slice(0, 4),
  ).toEqual(Array(4).fill('noise'));
  // It is the fit that would have said so: a wide blob explains all of it.
  for (const { blob } of fitBank(bank, five).slice(0, 4)) expect(blob.explained).toBeGreaterThan(0.9);
  const faint = drawn(5, flat(1e-3, 1e-3, 1e-3), bar, bar);
  expect(fitBank(faint, five)[0].class).toBe('dead');
  // One weight that differs is a pattern.
  const almost = drawn(5, (x, y) => (x === 0 && y === 0 ? [1.5, 1.5, 1.5] : [1, 1, 1]), bar, bar);
  expect(fitBank(almost, five)[0].oddity).toBeUndefined();
});
