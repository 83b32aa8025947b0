import { describe, expect, test } from 'vitest';
import { generalityOf, similarities } from '../../../src-main/filters/matching/generality.ts';
import type { Tensor } from '../../../src-main/network/weights.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { blob, drawn, grey, pure, stripes, type Drawing } from '../drawn.ts';

const bar = blob(1.5);
const striped = (degrees: number, phase = 1): Drawing =>
  grey((x, y) => bar(x, y) * stripes(degrees, 0.25, phase)(x, y));
const spot: Drawing = (x, y) => pure(40).map((value) => value * blob(1)(x, y));

function random(filters: number, seed: number): Tensor {
  const stream = new RandomStream(seed, 'bank');
  const shape = [filters, 3, 7, 7];
  return { shape, data: Float32Array.from({ length: filters * 147 }, () => stream.gaussian()) };
}

describe('similarity', () => {
  const alike = (one: Drawing, other: Drawing) => similarities(drawn(9, one), drawn(9, other))[0][0];

  test('of a filter to itself, however strong, is 1; to its negative it is not', () => {
    const tenfold: Drawing = (x, y) => striped(30)(x, y).map((value) => 10 * value);
    const negative: Drawing = (x, y) => striped(30)(x, y).map((value) => -value);
    expect(alike(striped(30), tenfold)).toBeCloseTo(1, 6);
    expect(alike(striped(30), negative)).toBeLessThan(0.8);
    // Even without shifts to the next stripe.
    expect(alike(spot, (x, y) => spot(x, y).map((value) => -value))).toBeLessThanOrEqual(0);
  });

  test('is not lost by a shift, whichever way', () => {
    const small: Drawing = grey((x, y) => blob(0.8)(x, y) - 0.3 * blob(1.2)(x, y));
    for (const [right, up] of [
      [2, 0],
      [-2, 1],
      [0, -2],
    ])
      expect(alike(small, (x, y) => small(x - right, y - up))).toBeGreaterThan(0.98);
  });

  test('falls with a turn and with another colour', () => {
    expect(alike(striped(30), striped(35))).toBeGreaterThan(alike(striped(30), striped(60)));
    expect(alike(striped(0), striped(90))).toBeLessThan(0.3);
    expect(alike(spot, striped(0))).toBeCloseTo(0, 1);
  });

  test('of zeros and of what is not finite is 0', () => {
    expect(
      alike(
        grey(() => 0),
        striped(0),
      ),
    ).toBe(0);
    expect(
      alike(
        grey(() => NaN),
        striped(0),
      ),
    ).toBe(0);
  });

  test('of filters of different shapes is refused', () => {
    expect(() => similarities(drawn(5, spot), drawn(7, spot))).toThrow('3x5x5');
  });
});

describe('generality', () => {
  test('is 1 for the same filters in another order, and finds the order', () => {
    const angles = [0, 40, 80, 120, 160];
    const order = [3, 0, 4, 1, 2];
    const found = generalityOf(
      drawn(7, ...angles.map((degrees) => striped(degrees))),
      drawn(7, ...order.map((place) => striped(angles[place]))),
    );
    expect(found.matches.map((place) => order[place])).toEqual([0, 1, 2, 3, 4]);
    expect(found.generality).toBeCloseTo(1, 5);
    expect(found.untrainedMean).toBeLessThan(0.6);
    expect(found.untrained).toHaveLength(2 * 5 * found.draws);
  });

  test('is near 0 for two untrained networks', () => {
    const { generality, mean, untrainedMean } = generalityOf(random(16, 1), random(16, 2));
    expect(Math.abs(generality)).toBeLessThan(0.05);
    expect(mean).toBeCloseTo(untrainedMean, 1);
  });

  test('is the same for the same seed, and banks of different sizes are refused', () => {
    expect(generalityOf(random(4, 1), random(4, 2))).toEqual(generalityOf(random(4, 1), random(4, 2)));
    expect(() => generalityOf(random(4, 1), random(5, 2))).toThrow("can't be matched");
  });

  test('of dead banks is a number', () => {
    const dead = { shape: [2, 3, 7, 7], data: new Float32Array(294) };
    const found = generalityOf(dead, { ...dead, data: dead.data.map(() => NaN) });
    expect([found.mean, found.untrainedMean, found.generality]).toEqual([0, 0, 0]);
  });
});
