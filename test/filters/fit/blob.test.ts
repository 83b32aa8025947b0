import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitBlob } from '../../../src-main/filters/fit/blob.ts';
import { fitGabor } from '../../../src-main/filters/fit/gabor.ts';
import { gaborAt, noisy, planeOf } from './made-up-plane.ts';

const gaussian = (x: number, y: number, width: number) => (right: number, up: number) =>
  Math.exp(-((right - x) ** 2 + (up - y) ** 2) / (2 * width ** 2));

test('a blob is found again where it is, of either sign and with noise', () => {
  const real = (min: number, max: number) =>
    fc.integer({ min: 0, max: 1000 }).map((n) => min + (n / 1000) * (max - min));
  fc.assert(
    fc.property(
      fc.constantFrom(5, 7, 11),
      real(-0.2, 0.2),
      real(-0.2, 0.2),
      fc.constantFrom(-2, 2),
      fc.integer(),
      (size, right, up, strength, seed) => {
        const blob = gaussian(right * size, up * size, size / 5);
        const found = fitBlob(
          noisy(
            planeOf(size, size, (x, y) => strength * blob(x, y)),
            5,
            seed,
          ),
        );
        expect(found.explained).toBeGreaterThan(0.85);
        expect(Math.hypot(found.x - right * size, found.y - up * size)).toBeLessThan(0.1 * size);
      },
    ),
    { numRuns: 50, seed: 5 },
  );
});

test('a single Gaussian is as wide as its deviation, whichever of the two functions takes it', () => {
  for (const width of [0.8, 1.2, 1.7, 2.5])
    for (const strength of [3, -0.01]) {
      const found = fitBlob(planeOf(11, 11, (x, y) => strength * gaussian(0.3, -0.2, width)(x, y)));
      expect(found.explained).toBeGreaterThan(0.9999);
      expect(Math.abs(found.width / width - 1)).toBeLessThan(0.02);
    }
});

test('a centre in a surround of the other sign is a blob, and no Gabor function explains it', () => {
  const plane = planeOf(11, 11, (x, y) => gaussian(0, 0, 1.3)(x, y) - 0.4 * gaussian(0, 0, 2.4)(x, y));
  const found = fitBlob(plane);
  expect(found.explained).toBeGreaterThan(0.999);
  expect(Math.sign(found.centre)).toBe(1);
  expect(Math.sign(found.surround)).toBe(-1);
  // 0.6 in the middle.
  const height = gaussian(0, 0, 1.3)(found.width, 0) - 0.4 * gaussian(0, 0, 2.4)(found.width, 0);
  expect(height).toBeCloseTo(0.6 * Math.exp(-0.5), 1);
  expect(fitGabor(plane).explained).toBeLessThan(0.97);
});

test('stripes are no blob', () => {
  const stripes = { orientation: 20, frequency: 0.25, phase: 90, along: 2.5, across: 2.5, x: 0, y: 0 };
  expect(fitBlob(planeOf(11, 11, gaborAt(stripes))).explained).toBeLessThan(0.4);
});

test('whatever a plane holds, every number is finite', () => {
  const extreme = fc.oneof(
    fc.constantFrom(0, 1, -3.4e38, 3.4e38, 1e-45),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(extreme, { minLength: 1, maxLength: 5 }), (rows, line) => {
      const { fitted, ...found } = fitBlob(
        planeOf(rows, line.length, (x) => line[Math.round(x + (line.length - 1) / 2)]),
      );
      expect([...Object.values(found), ...fitted].every(Number.isFinite)).toBe(true);
      expect(found.explained).toSatisfy((share: number) => share >= 0 && share <= 1);
    }),
    { numRuns: 60 },
  );
});
