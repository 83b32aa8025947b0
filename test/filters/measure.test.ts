import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureFilters } from '../../src-main/filters/measure.ts';
import { apart, blob, drawn, grey, pure, stripes, type Drawing } from './drawn.ts';

/** Spread evenly, unlike fc.double, half of whose numbers are next to nothing. */
const real = (min: number, max: number) =>
  fc.integer({ min: 0, max: 100_000 }).map((share) => min + (share / 100_000) * (max - min));
const measure = (size: number, drawing: Drawing) => measureFilters(drawn(size, drawing))[0];

describe('stripes', () => {
  test('have the direction and the frequency that they were drawn with, whatever their phase and what they stand on', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(5, 7, 8, 11),
        real(0, 180),
        real(0, 1),
        real(0, 2 * Math.PI),
        real(-0.3, 0.3),
        (size, degrees, share, phase, ground) => {
          // From 1.2 cycles in the kernel to 0.4 cycles per pixel.
          const frequency = 1.2 / size + share * (0.4 - 1.2 / size);
          const grating = stripes(degrees, frequency, phase);
          const found = measure(
            size,
            grey((x, y) => ground + grating(x, y)),
          );
          expect(apart(found.orientation!, degrees, 180)).toBeLessThan(1);
          expect(Math.abs(found.frequency! - frequency)).toBeLessThan(0.005);
        },
      ),
    );
  });

  test('that fade away have about the same', () => {
    const fading = blob(11 / 4);
    for (const degrees of [0, 20, 45, 90, 135, 170]) {
      const grating = stripes(degrees, 0.2, 1);
      const found = measure(
        11,
        grey((x, y) => fading(x, y) * grating(x, y)),
      );
      expect(apart(found.orientation!, degrees, 180), String(degrees)).toBeLessThan(2);
      expect(found.frequency).toBeCloseTo(0.2, 2);
    }
  });

  test.each([
    [0, ['####', '....', '####', '....']],
    [90, ['#.#.', '#.#.', '#.#.', '#.#.']],
    [45, ['#..#', '..#.', '.#..', '#..#']],
    [135, ['#..#', '.#..', '..#.', '#..#']],
  ])('at %i degrees look like that', (degrees, lines) => {
    const weights = lines.join('').split('');
    const data = Float32Array.from(weights, (mark) => (mark === '#' ? 1 : -1));
    const [found] = measureFilters({ shape: [1, 1, 4, 4], data });
    expect(apart(found.orientation!, degrees, 180)).toBeLessThan(1);
    expect(found.orientation).toBeLessThan(180);
  });

  test('an edge and a bar have a direction as well', () => {
    expect(
      measure(
        7,
        grey((x) => Math.sign(x)),
      ).orientation,
    ).toBeCloseTo(90, 1);
    expect(
      measure(
        7,
        grey((_, y) => (Math.abs(y) < 1 ? 1 : 0)),
      ).orientation,
    ).toBeCloseTo(0, 1);
  });
});

describe('what has no stripes has no orientation and no frequency', () => {
  const white = blob(2);
  const surrounded = (x: number, y: number) => blob(1.4)(x, y) - 0.25 * blob(2.8)(x, y);
  test.each<[string, Drawing]>([
    ['a blob', grey(white)],
    ['a blob with a dark surround', grey(surrounded)],
    ['a blob beside the middle', grey((x, y) => white(x - 3, y))],
    ['a checkerboard', grey((x, y) => Math.cos(Math.PI * (x + y)))],
    ['a plaid', grey((x, y) => stripes(0, 0.2)(x, y) + stripes(90, 0.2)(x, y))],
    ['a coloured blob', (x, y) => pure(40).map((value) => value * white(x, y))],
    ['stripes of colours of one brightness', (x, y) => pure(40).map((value) => value * stripes(30, 0.2)(x, y))],
    ['a constant', grey(() => 0.3)],
    ['nothing', grey(() => 0)],
  ])('%s', (_, drawing) => {
    const found = measure(11, drawing);
    expect([found.orientation, found.frequency]).toEqual([undefined, undefined]);
  });

  test('a kernel of one pixel', () => {
    expect(measure(1, () => [1, 0, 0])).toEqual({ norm: 1, colour: expect.closeTo(2 / 3), hue: 0 });
  });
});

describe('colour', () => {
  test('is the share of energy off the grey axis, and hue the colour of the blob, whatever the grey beneath', () => {
    fc.assert(
      fc.property(real(0, 359.9), real(0.2, 2), real(-2, 2), (hue, strength, brightness) => {
        const spot = blob(1.5);
        const found = measure(7, (x, y) => pure(hue).map((value) => (brightness + strength * value) * spot(x, y)));
        expect(apart(found.hue!, hue, 360)).toBeLessThan(0.1);
        // The squares of a pure colour's three channels add up to 3 / 2.
        const [off, on] = [1.5 * strength ** 2, 3 * brightness ** 2];
        expect(found.colour).toBeCloseTo(off / (off + on), 4);
      }),
    );
  });

  test('of grey filters is 0 and without a hue', () => {
    expect(measure(5, grey(stripes(20, 0.3)))).toMatchObject({ colour: 0, hue: undefined });
  });

  test('of stripes of two opposite colours is one of the two', () => {
    const { colour, hue } = measure(9, (x, y) => pure(50).map((value) => value * stripes(0, 0.25, 0.4)(x, y)));
    expect(colour).toBeCloseTo(1, 5);
    expect(apart(hue!, 50, 180)).toBeLessThan(0.1);
  });

  test('of a spot in a surround that cancels it out is that of the spot', () => {
    const spot = blob(1);
    const mean = drawn(9, (x, y) => [spot(x, y)]).data.reduce((sum, value) => sum + value, 0) / 81;
    for (const hue of [0, 120, 200])
      expect(measure(9, (x, y) => pure(hue).map((value) => value * (spot(x, y) - mean))).hue).toBeCloseTo(hue, 1);
  });

  test('is for three channels only', () => {
    expect(measure(5, (x, y) => [x, y])).toMatchObject({ colour: 0, hue: undefined });
    expect(measure(5, (x) => [x])).toMatchObject({ colour: 0, orientation: 90 });
  });
});

test('each filter of a bank is measured by itself, in its order; only the norm depends on its size', () => {
  const red: Drawing = (x, y) => [blob(2)(x, y), 0, 0];
  const drawings = [grey(stripes(60, 0.2)), red, grey(() => 0)];
  const tenfold = drawings.map(
    (drawing): Drawing =>
      (x, y) =>
        drawing(x, y).map((value) => 10 * value),
  );
  const bank = measureFilters(drawn(7, ...drawings));
  expect(bank).toEqual(drawings.map((drawing) => measure(7, drawing)));
  measureFilters(drawn(7, ...tenfold)).forEach((found, i) => {
    expect(found.norm).toBeCloseTo(10 * bank[i].norm, 4);
    expect(found.orientation ?? 0).toBeCloseTo(bank[i].orientation ?? 0, 1);
    expect(found.colour).toBeCloseTo(bank[i].colour, 5);
  });
});

test('the norm is the root of the sum of all squares', () => {
  expect(measureFilters({ shape: [2, 2, 1, 2], data: Float32Array.of(1, 1, 1, 1, 3, 0, 0, -4) })).toMatchObject([
    { norm: 2 },
    { norm: 5 },
  ]);
});

test('weights that are not finite count as 0, and are said to be there', () => {
  const [broken, mended] = [NaN, 0].map((value) => {
    const bank = drawn(5, grey(stripes(30, 0.3)));
    bank.data[7] = value;
    return measureFilters(bank);
  });
  expect(broken).toEqual(mended.map((one, place) => (place === 0 ? { ...one, oddity: 'not finite' } : one)));
  const nothing = { norm: 0, colour: 0, hue: undefined, oddity: 'not finite' };
  expect(measureFilters({ shape: [1, 3, 2, 2], data: new Float32Array(12).fill(NaN) })).toEqual([nothing]);
  expect(measureFilters({ shape: [1, 3, 2, 2], data: new Float32Array(12).fill(-Infinity) })).toEqual([nothing]);
});

test('whatever the weights are, every number that is given is one, within its bounds', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 3),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.float32Array({ minLength: 48, maxLength: 48 }),
      (channels, rows, columns, numbers) => {
        const data = numbers.subarray(0, channels * rows * columns);
        const [found] = measureFilters({ shape: [1, channels, rows, columns], data });
        const within = (value: number | undefined, least: number, most: number) =>
          expect(value === undefined || (value >= least && value <= most), JSON.stringify(found)).toBe(true);
        within(found.norm, 0, Number.MAX_VALUE);
        within(found.colour, 0, 1);
        within(found.frequency, 0, Math.SQRT1_2);
        for (const [angle, whole] of [
          [found.orientation, 180],
          [found.hue, 360],
        ] as const) {
          within(angle, 0, whole);
          expect(angle).not.toBe(whole);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a tensor that is no bank of filters is refused', () => {
  expect(() => measureFilters({ shape: [2, 3], data: new Float32Array(6) })).toThrow('2x3');
});
