import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  byteSize,
  chosenPercent,
  count,
  counted,
  duration,
  hundredths,
  inPercent,
  moment,
  percent,
  percentDone,
  percentRange,
  short,
  signed,
  signedRange,
  utcDate,
  utcMoment,
} from '../../src-main/common/numbers.ts';

const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];

describe('a duration', () => {
  it.each([
    [0, '0 s', '1 s'],
    [0.04, '0 s', '1 s'],
    [0.4, '0.4 s', '1 s'],
    [2, '2 s', '2 s'],
    [9.94, '9.9 s', '10 s'],
    [9.96, '10 s', '10 s'],
    [12.4, '12 s', '12 s'],
    [59.4, '59 s', '59 s'],
    [59.5, '1 min', '1 min'],
    [61, '1 min 1 s', '1 min'],
    [93, '1 min 33 s', '1 min 30 s'],
    [200, '3 min 20 s', '3 min 20 s'],
    [596, '9 min 56 s', '10 min'],
    [635, '10 min 35 s', '11 min'],
    [3599.4, '59 min 59 s', '1 h'],
    [3599.5, '1 h', '1 h'],
    [7500, '2 h 5 min', '2 h 5 min'],
    [86_369, '23 h 59 min', '23 h 59 min'],
    [86_370, '1 d', '1 d'],
    [97_200, '1 d 3 h', '1 d 3 h'],
    [100_000, '1 d 4 h', '1 d 4 h'],
    [30 * 86_400, '30 d', '30 d'],
  ])('of %d s is written %s, roughly %s', (seconds, exact, rough) => {
    expect(duration(seconds)).toBe(exact);
    expect(duration(seconds, { rough: true })).toBe(rough);
  });

  const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
  const MOST: Readonly<Record<string, number>> = { s: 60, min: 60, h: 24, d: Infinity };
  const parts = (text: string) =>
    [...text.matchAll(/([\d.]+) (\w+)/g)].map(([, number, unit]) => ({ number: Number(number), unit }));
  const secondsOf = (text: string) => parts(text).reduce((sum, { number, unit }) => sum + number * SECONDS[unit], 0);
  const seconds = fc.oneof(
    fc.double({ min: 0, max: 1e7, noNaN: true }),
    // Around every place where the unit changes.
    fc
      .tuple(
        fc.constantFrom(1, 10, 60, 3600, 86_400),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
      )
      .map(([unit, times, off]) => Math.max(0, unit * times + off)),
  );

  test.each([false, true])(
    'is never 60 s, 60 min or 24 h, is close to what it is of, and never falls (rough: %s)',
    (rough) => {
      fc.assert(
        fc.property(seconds, seconds, (one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const text = duration(less, { rough });
          for (const { number, unit } of parts(text)) expect(number, text).toBeLessThan(MOST[unit]);
          expect(secondsOf(text)).toBeLessThanOrEqual(secondsOf(duration(more, { rough })));
          const closest = Math.max(rough ? 1 : 0.05, less / (rough ? 10 : 20));
          expect(Math.abs(secondsOf(text) - less), text).toBeLessThanOrEqual(closest);
        }),
        { numRuns: 1000 },
      );
    },
  );
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [640, '640 B'],
    [1023, '1023 B'],
    [KIB, '1 KiB'],
    [12.34 * KIB, '12.3 KiB'],
    [120.4 * MIB, '120 MiB'],
    [1023.4 * MIB, '1023 MiB'],
    [1023.6 * MIB, '1 GiB'],
    [1.5 * GIB, '1.5 GiB'],
    [15.62 * GIB, '15.6 GiB'],
    [100 * GIB, '100 GiB'],
    [5000 * 1024 * GIB, '5000 TiB'],
  ])('%d are written %s', (bytes, text) => expect(byteSize(bytes)).toBe(text));

  it('never fall, and are right to three digits', () => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const read = (text: string) => Number(text.split(' ')[0]) * 1024 ** units.indexOf(text.split(' ')[1]);
    const bytes = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.double({ min: 1, max: 1025, noNaN: true }));
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const [less, more] = [one, other]
          .map(([unit, value]) => Math.round(value * 1024 ** unit))
          .sort((a, b) => a - b);
        expect(read(byteSize(less))).toBeLessThanOrEqual(read(byteSize(more)));
        expect(Math.abs(read(byteSize(less)) - less)).toBeLessThanOrEqual(less * 0.05);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  [0, '0'],
  [640, '640'],
  [999.6, '1 k'],
  [58_312, '58.3 k'],
  [999_499, '999 k'],
  [999_500, '1 M'],
  [1_234_567, '1.23 M'],
  [61_100_840, '61.1 M'],
])('%d in short is %s', (value, text) => expect(short(value)).toBe(text));

test('counts have commas, and the right ending', () => {
  expect(count(1_234_567.4)).toBe('1,234,567');
  expect([0, 1, 2, 1200].map((value) => counted(value, 'image'))).toEqual([
    '0 images',
    '1 image',
    '2 images',
    '1,200 images',
  ]);
  expect([1, 3].map((value) => counted(value, 'class', 'classes'))).toEqual(['1 class', '3 classes']);
});

test('percentages have one decimal where they were measured, and no space', () => {
  expect([0, 0.5967, 1].map((share) => percent(share))).toEqual(['0.0%', '59.7%', '100.0%']);
  expect(percent(0.5967, 0)).toBe('60%');
  expect(inPercent(0.5967)).toBe('59.7');
  expect([0.05, 0.025, 0.07, 1 / 3].map(chosenPercent)).toEqual(['5%', '2.5%', '7%', '33.3%']);
  expect(percentRange({ low: 0.601, high: 0.6649 })).toBe('60.1–66.5');
});

test('work that is not done is never 100% done', () => {
  expect([0, 0.29, 0.9999, 1].map(percentDone)).toEqual(['0%', '29%', '99%', '100%']);
});

test('differences have a sign, unless they round to nothing', () => {
  expect([-2.94, 0.3, 0.04, -0.04, 0].map(signed)).toEqual(['−2.9', '+0.3', '0.0', '0.0', '0.0']);
  expect([0.934, -0.5, -0.004, 0].map(hundredths)).toEqual(['0.93', '−0.50', '0.00', '0.00']);
  expect(signedRange({ low: -5.61, high: -1.4 })).toBe('−5.6 to −1.4');
});

test('moments are in UTC where they are written into a file, and else in the time of whoever looks', () => {
  const iso = '2026-11-20T08:15:42.123Z';
  expect(utcDate(iso)).toBe('2026-11-20');
  expect(utcMoment(iso)).toBe('2026-11-20 08:15 UTC');
  expect(moment(iso)).toMatch(/^(19|20|21) Nov 2026, \d\d:\d\d$/);
});
