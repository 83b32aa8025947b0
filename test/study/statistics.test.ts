import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  mean,
  newcombeInterval,
  normalBelow,
  standardDeviation,
  studentInterval,
  studentTail,
  wilsonInterval,
} from '../../src-main/study/results/statistics.ts';

const sample = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 12 });
const counts = fc
  .integer({ min: 1, max: 50_000 })
  .chain((total) => fc.record({ total: fc.constant(total), correct: fc.integer({ min: 0, max: total }) }));

test('Student: three values with mean 2 and deviation 1 give 2 ± 4.302653 / sqrt(3)', () => {
  const { low, high } = studentInterval([1, 2, 3]);
  expect(low).toBeCloseTo(2 - 4.302652729911275 / Math.sqrt(3), 8);
  expect(high).toBeCloseTo(2 + 4.302652729911275 / Math.sqrt(3), 8);
  expect(standardDeviation([1, 2, 3])).toBe(1);
});

test('Student: an interval of a single value is refused', () => {
  expect(() => studentInterval([1])).toThrow('at least two');
});

test('Student: shifting and scaling the values shifts and scales the interval', () => {
  fc.assert(
    fc.property(
      sample,
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (values, shift, scale) => {
        const { low, high } = studentInterval(values);
        const moved = studentInterval(values.map((value) => scale * value + shift));
        expect(moved.low).toBeCloseTo(scale * low + shift, 6);
        expect(moved.high).toBeCloseTo(scale * high + shift, 6);
        expect(low).toBeLessThanOrEqual(mean(values) + 1e-9);
      },
    ),
  );
});

test('Student: tails of one and two degrees are those of the closed forms, on both sides', () => {
  for (const t of [-7, -1, 0, 0.4, 3, 60]) {
    expect(studentTail(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 10);
    expect(studentTail(t, 2)).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 10);
  }
  expect([studentTail(Infinity, 3), studentTail(-Infinity, 3)]).toEqual([0, 1]);
  expect(studentTail(3.182446305284263, 3)).toBeCloseTo(0.025, 10);
});

test('the normal distribution has its known quantiles', () => {
  expect(normalBelow(1.959963984540054)).toBeCloseTo(0.975, 12);
  expect(normalBelow(-1.6448536269514722)).toBeCloseTo(0.05, 12);
});

test('Wilson: 81 of 263 gives the interval of Newcombe (1998), table I', () => {
  const { low, high } = wilsonInterval(81, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
});

test('Wilson: none of 29 is 0 to 0.1170, and mirrored for all of 29', () => {
  expect(wilsonInterval(0, 29).low).toBe(0);
  expect(wilsonInterval(0, 29).high).toBeCloseTo(0.117, 4);
  expect(wilsonInterval(29, 29).low).toBeCloseTo(1 - 0.117, 4);
  expect(wilsonInterval(29, 29).high).toBe(1);
});

test('Wilson: stays within [0, 1], holds the proportion, and shrinks with more images', () => {
  fc.assert(
    fc.property(counts, ({ correct, total }) => {
      const { low, high } = wilsonInterval(correct, total);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(correct / total + 1e-12);
      expect(high).toBeGreaterThanOrEqual(correct / total - 1e-12);
      const more = wilsonInterval(correct * 4, total * 4);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
  );
});

test('Newcombe: 56/70 - 48/80 is 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)', () => {
  const { low, high } = newcombeInterval({ correct: 56, total: 70 }, { correct: 48, total: 80 });
  expect(low).toBeCloseTo(0.0524, 4);
  expect(high).toBeCloseTo(0.3339, 4);
});

test('Newcombe: swapping the two mirrors the interval', () => {
  fc.assert(
    fc.property(counts, counts, (first, second) => {
      const there = newcombeInterval(first, second);
      const back = newcombeInterval(second, first);
      expect(back.low).toBeCloseTo(-there.high, 10);
      expect(back.high).toBeCloseTo(-there.low, 10);
    }),
  );
});
