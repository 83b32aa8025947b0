import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitGabor } from '../../../src-main/filters/fit/gabor.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { apart } from '../drawn.ts';
import { gaborAt, noisy, planeOf, type KnownGabor } from './made-up-plane.ts';

/** Spread evenly, as noise is: at the edges of everything at once, a few in a hundred fits would be further off. */
const real = (min: number, max: number) =>
  fc.noBias(fc.integer({ min: 0, max: 100_000 })).map((share) => min + (share / 100_000) * (max - min));

/** From 1.25 cycles in the kernel to 0.4 cycles per pixel, near the middle, most of it within the kernel. */
const known = (size: number): fc.Arbitrary<KnownGabor> =>
  fc.record({
    orientation: real(0, 179.9),
    frequency: real(1.25 / size, 0.4),
    phase: real(-180, 180),
    along: real(0.22 * size, 0.3 * size),
    across: real(0.22 * size, 0.3 * size),
    x: real(-0.1 * size, 0.1 * size),
    y: real(-0.1 * size, 0.1 * size),
  });
const sized = (...sizes: number[]) =>
  fc.constantFrom(...sizes).chain((size) => known(size).map((gabor) => ({ size, gabor })));

describe('a Gabor function of known parameters', () => {
  test('is found again without noise, from 5x5 up', () => {
    fc.assert(
      fc.property(sized(5, 6, 7, 11), ({ size, gabor }) => {
        const found = fitGabor(planeOf(size, size, gaborAt(gabor)));
        expect(found.explained).toBeGreaterThan(0.999);
        expect(apart(found.orientation, gabor.orientation, 180)).toBeLessThan(1);
        expect(Math.abs(found.frequency / gabor.frequency - 1)).toBeLessThan(0.1);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  test('is found at a signal-to-noise ratio of 5, from 7x7 up: orientation within 5 degrees, frequency within 10%', () => {
    fc.assert(
      fc.property(sized(7, 8, 9, 11), fc.noBias(fc.nat()), ({ size, gabor }, seed) => {
        const found = fitGabor(noisy(planeOf(size, size, gaborAt(gabor)), 5, seed));
        expect(apart(found.orientation, gabor.orientation, 180)).toBeLessThan(5);
        expect(Math.abs(found.frequency / gabor.frequency - 1)).toBeLessThan(0.1);
        // The noise is one part in 26 of the energy.
        expect(found.explained).toBeGreaterThan(0.9);
      }),
      { numRuns: 80, seed: 5 },
    );
  });

  test('is found at 5x5 and that ratio nine times in ten', () => {
    const outcomes = fc.sample(sized(5), { numRuns: 200, seed: 5 }).map(({ size, gabor }, seed) => {
      const found = fitGabor(noisy(planeOf(size, size, gaborAt(gabor)), 5, seed));
      const turned = apart(found.orientation, gabor.orientation, 180);
      return turned < 5 && Math.abs(found.frequency / gabor.frequency - 1) < 0.1;
    });
    expect(outcomes.filter((found) => found).length / 200).toBeGreaterThan(0.9);
  });

  test('has its phase, widths, centre and amplitude again, whichever way it is turned', () => {
    for (const orientation of [2, 45, 100, 178]) {
      const gabor = { orientation, frequency: 0.2, phase: 60, along: 2, across: 2.5, x: 0.5, y: -0.7 };
      const plane = planeOf(11, 11, (x, y) => 3 * gaborAt(gabor)(x, y));
      const { explained, fitted, amplitude, ...found } = fitGabor(plane);
      for (const key of ['frequency', 'along', 'across', 'x', 'y', 'phase'] as const)
        expect(found[key], `${key} at ${orientation}`).toBeCloseTo(gabor[key], 2);
      expect(explained).toBeCloseTo(1, 5);
      expect(amplitude).toBeCloseTo(3, 2);
      fitted.forEach((value, pixel) => expect(value).toBeCloseTo(plane.values[pixel], 3));
    }
  });

  test('is found in planes that are not square', () => {
    const gabor = { orientation: 30, frequency: 0.2, phase: 90, along: 2, across: 2, x: 0, y: 0 };
    const found = fitGabor(planeOf(7, 11, gaborAt(gabor)));
    expect(found.orientation).toBeCloseTo(30, 1);
    expect(found.frequency).toBeCloseTo(0.2, 3);
  });
});

test('strength changes nothing but the amplitude', () => {
  const gabor = { orientation: 70, frequency: 0.25, phase: 10, along: 1.5, across: 1.5, x: 0, y: 0 };
  const [weak, strong] = [1e-12, 1e12].map((strength) =>
    fitGabor(planeOf(7, 7, (x, y) => strength * gaborAt(gabor)(x, y))),
  );
  expect(strong.orientation).toBeCloseTo(weak.orientation, 6);
  expect(strong.frequency).toBeCloseTo(weak.frequency, 8);
  expect(strong.amplitude / weak.amplitude / 1e24).toBeCloseTo(1, 6);
});

test('whatever a plane holds, every number is finite and within its bounds', () => {
  const extreme = fc.oneof(
    fc.constantFrom(0, 1, -3.4e38, 3.4e38, 1e-45),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  const planes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, columns]) =>
    fc.oneof(
      extreme.map((value) => planeOf(rows, columns, () => value)),
      fc
        .array(extreme, { minLength: rows * columns, maxLength: rows * columns })
        .map((values) => ({ rows, columns, values: Float64Array.from(values) })),
    ),
  );
  fc.assert(
    fc.property(planes, (plane) => {
      const { fitted, ...found } = fitGabor(plane);
      for (const [name, value] of Object.entries(found)) expect(value, name).toSatisfy(Number.isFinite);
      expect(fitted.every(Number.isFinite)).toBe(true);
      expect(found.orientation).toSatisfy((degrees: number) => degrees >= 0 && degrees < 180);
      expect(found.frequency).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(found.explained).toSatisfy((share: number) => share >= 0 && share <= 1);
      expect(Math.abs(found.x)).toBeLessThanOrEqual(plane.columns / 2);
      expect(Math.abs(found.y)).toBeLessThanOrEqual(plane.rows / 2);
    }),
    { numRuns: 60 },
  );
});

test('the numbers describe the function that is drawn, whatever it was fitted to', () => {
  const random = new RandomStream('noise');
  for (let round = 0; round < 40; round++) {
    const { fitted, amplitude, ...found } = fitGabor(planeOf(5, 4, () => random.gaussian()));
    const again = planeOf(5, 4, (x, y) => amplitude * gaborAt(found)(x, y)).values;
    fitted.forEach((value, pixel) => expect(value).toBeCloseTo(again[pixel], 6));
  }
});

test('of zeros nothing is explained', () => {
  expect(fitGabor(planeOf(5, 5, () => 0))).toMatchObject({ explained: 0, amplitude: 0 });
});
