import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { RandomStream } from '../src-main/random.ts';

const take = (count: number, stream: RandomStream): number[] => Array.from({ length: count }, () => stream.uniform());

/** Chi-square of counts that should be equal; with k cells its mean is k - 1 and its deviation sqrt(2 (k - 1)). */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('a random stream', () => {
  test('always begins with these values: stored studies depend on them', () => {
    const integers = (stream: RandomStream) => take(4, stream).map((value) => value * 2 ** 24);
    expect(integers(new RandomStream(1))).toEqual([6619437, 4234641, 8512876, 7065419]);
    expect(integers(new RandomStream('run', 'dropout', 'fc6', 17))).toEqual([5404265, 3682452, 10940467, 3200180]);
    const gaussians = new RandomStream('g');
    expect([gaussians.gaussian(), gaussians.gaussian()]).toEqual([1.4153525674864922, 0.5139959855702186]);
    const numbers = Array.from({ length: 10 }, (_, i) => i);
    expect(new RandomStream('s').shuffle(numbers)).toEqual([5, 9, 2, 8, 4, 7, 3, 1, 0, 6]);
  });

  test('is the same for the same name and another for every other', () => {
    const names: (string | number)[][] = [
      ['1'],
      ['2'],
      ['1', 'a'],
      ['1', 'b'],
      ['1', 'a', 'b'],
      ['1', 'ab'],
      ['1a'],
      ['1', 'a', 0],
      ['1', 'a', '0'],
      ['1', ''],
      ['1', '', ''],
      ['1,a'],
      ['1","a'],
    ];
    const beginnings = names.map(([seed, ...path]) => take(4, new RandomStream(seed, ...path)).join());
    expect(new Set(beginnings).size).toBe(names.length);
    names.forEach(([seed, ...path], i) => expect(take(4, new RandomStream(seed, ...path)).join()).toBe(beginnings[i]));
    expect(take(4, new RandomStream(1)).join()).toBe(take(4, new RandomStream('1')).join());
  });

  test('is not correlated with the streams of neighbouring steps', () => {
    const streams = Array.from({ length: 8 }, (_, step) => take(10_000, new RandomStream('seed', 'dropout', step)));
    for (let i = 1; i < streams.length; i++) {
      const products = streams[i].map((value, j) => (value - 0.5) * (streams[i - 1][j] - 0.5) * 12);
      const correlation = products.reduce((sum, product) => sum + product, 0) / products.length;
      expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(products.length));
    }
  });

  test('is not correlated across the first values of many streams', () => {
    const cells = new Array<number>(100).fill(0);
    for (let step = 0; step < 20_000; step++) cells[Math.floor(new RandomStream('seed', step).uniform() * 100)]++;
    expect(chiSquare(cells)).toBeLessThan(99 + 4 * Math.sqrt(198));
  });

  test('is uniform in [0, 1), alone and in pairs', () => {
    const values = take(200_000, new RandomStream('uniform'));
    const cells = new Array<number>(400).fill(0);
    const pairs = new Array<number>(400).fill(0);
    values.forEach((value, i) => {
      cells[Math.floor(value * 400)]++;
      if (i % 2) pairs[Math.floor(values[i - 1] * 20) * 20 + Math.floor(value * 20)]++;
    });
    for (const counts of [cells, pairs]) {
      expect(counts).toHaveLength(400);
      expect(Math.abs(chiSquare(counts) - 399)).toBeLessThan(4 * Math.sqrt(2 * 399));
    }
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
  });

  test('gives every integer below the bound, and no other, equally often', () => {
    const stream = new RandomStream('integers');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.integer(7)]++;
    expect(counts).toHaveLength(7);
    expect(chiSquare(counts)).toBeLessThan(6 + 4 * Math.sqrt(12));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), fc.string(), (bound, seed) => {
        const value = new RandomStream(seed).integer(bound);
        return Number.isInteger(value) && value >= 0 && value < bound;
      }),
    );
  });

  test('gives normal numbers: mean 0, variance 1, 68.3% within one deviation, none infinite', () => {
    const stream = new RandomStream('gaussian');
    const values = Array.from({ length: 100_000 }, () => stream.gaussian());
    const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(100_000));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 100_000));
    expect(mean(values.map((value) => Number(Math.abs(value) < 1)))).toBeCloseTo(0.6827, 2);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test('shuffles to a permutation, every order equally often', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.string(), (items, seed) => {
        const shuffled = new RandomStream(seed).shuffle([...items]);
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
    const orders = new Map<string, number>();
    const stream = new RandomStream('orders');
    for (let i = 0; i < 24_000; i++) {
      const order = stream.shuffle(Uint8Array.of(1, 2, 3, 4)).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(chiSquare([...orders.values()])).toBeLessThan(23 + 4 * Math.sqrt(46));
  });
});
