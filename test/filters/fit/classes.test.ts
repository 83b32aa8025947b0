import { describe, expect, test } from 'vitest';
import { fitBank, summarise } from '../../../src-main/filters/fit/bank-fit.ts';
import { calibrate, type Calibration } from '../../../src-main/filters/fit/calibration.ts';
import { THRESHOLDS } from '../../../src-main/filters/fit/classes.ts';
import type { FilterClass } from '../../../src-main/common/results/filters.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { blob, drawn, grey, pure, stripes, type Drawing } from '../drawn.ts';

const calibrated = (size: number): Calibration => calibrate([3, size, size], { seed: 'test', filters: 60 });
const nine = calibrated(9);

const bar = blob(2);
const coloured =
  (hue: number, value: (x: number, y: number) => number): Drawing =>
  (x, y) =>
    pure(hue).map((one) => one * value(x, y));

describe('each kind of filter has its class', () => {
  test.each<[FilterClass, string, Drawing]>([
    ['gabor', 'grey stripes', grey((x, y) => bar(x, y) * stripes(30, 0.25, 1)(x, y))],
    ['gabor', 'stripes of a colour', coloured(50, (x, y) => bar(x, y) * stripes(100, 0.2, 1)(x, y))],
    ['edge', 'a slope', grey((x) => x)],
    ['edge', 'a slope of colours', coloured(200, (x, y) => x + y)],
    ['colour blob', 'a spot of a colour', coloured(40, blob(2))],
    ['noise', 'one colour all over', coloured(40, () => 1)],
    ['grey blob', 'a dark spot', grey((x, y) => -blob(1.5)(x - 1, y))],
    ['plaid', 'a plaid', grey((x, y) => stripes(0, 0.3)(x, y) + stripes(90, 0.3)(x, y))],
    ['noise', 'two spots', grey((x, y) => blob(0.8)(x - 3, y - 3) + blob(0.8)(x + 3, y + 3))],
    ['dead', 'nothing', grey(() => 0)],
    ['dead', 'hardly anything', grey((x, y) => 1e-3 * stripes(0, 0.3)(x, y))],
  ])('%s: %s', (name, _, drawing) => {
    // Beside others, that it has a median to be compared with.
    const others = Array.from({ length: 3 }, () => grey((x, y) => stripes(10, 0.3)(x, y)));
    expect(fitBank(drawn(9, drawing, ...others), nine)[0].class).toBe(name);
  });

  test('weights that are not finite count as 0, and a bank of nothing else is dead', () => {
    const bank = drawn(9, grey(stripes(20, 0.2)), grey(stripes(80, 0.2)));
    bank.data.fill(NaN, 0, 3 * 81);
    expect(fitBank(bank, nine).map((fit) => fit.class)).toEqual(['dead', 'grating']);
    bank.data.fill(Infinity);
    expect(fitBank(bank, nine).map((fit) => fit.class)).toEqual(['dead', 'dead']);
  });
});

test('filters of another size than the calibration are refused', () => {
  expect(() =>
    fitBank(
      drawn(
        5,
        grey(() => 1),
      ),
      calibrated(7),
    ),
  ).toThrow('3x7x7, not 3x5x5');
});

describe('the calibration', () => {
  test.each([3, 5, 7])('lets about one in fifty random filters pass, or fewer, at size %i', (size) => {
    const { least, shares } = calibrated(size);
    expect(least).toBeGreaterThanOrEqual(THRESHOLDS.overNoise);
    // 2%, and what a sample of 60 may be off.
    expect(1 - shares.noise).toBeLessThan(0.1);
    expect(shares.dead).toBe(0);
  });

  test('is the same for the same seed, and another for another', () => {
    const shape = [1, 4, 4] as const;
    expect(calibrate(shape, { seed: 'one', filters: 20 })).toEqual(calibrate(shape, { seed: 'one', filters: 20 }));
    expect(calibrate(shape, { seed: 'two', filters: 20 }).least).not.toEqual(
      calibrate(shape, { seed: 'one', filters: 20 }).least,
    );
  });
});

test('a bank is summed up: shares that add up to 1, and the directions of what has one', () => {
  const random = new RandomStream('summary');
  const noise: Drawing = () => [0, 1, 2].map(() => random.gaussian());
  const directions = [0, 6, 44, 90, 179];
  const drawings = directions.map((degrees) => grey((x, y) => bar(x, y) * stripes(degrees, 0.25, 1)(x, y)));
  const { filters, shares, orientations } = summarise(
    fitBank(drawn(9, ...drawings, coloured(10, blob(2)), noise, noise), nine),
  );
  expect(filters).toBe(8);
  expect(shares).toMatchObject({ gabor: 5 / 8, 'colour blob': 1 / 8, noise: 2 / 8 });
  expect(Object.values(shares).reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  expect(orientations).toEqual([3, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]);
});
