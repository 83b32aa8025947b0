import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FOURIER_SIZE, fourierMagnitude } from '../../src-main/filters/grating.ts';
import { drawn, grey, radians, stripes } from './drawn.ts';

const CENTRE = FOURIER_SIZE / 2;
const at = (magnitudes: Float32Array, u: number, v: number) => magnitudes[(CENTRE + v) * FOURIER_SIZE + CENTRE + u];

test('a filter of 32x32 stripes has its two peaks where their frequency is, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -15, max: 15 }),
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 0, max: 359 }),
      (u, v, degrees) => {
        // u cycles to the right and v downwards, where y points up.
        const wave = grey((x, y) => Math.cos((2 * Math.PI * (u * x - v * y)) / 32 + radians(degrees)));
        const magnitudes = fourierMagnitude(drawn(32, wave), 0);
        expect(magnitudes).toHaveLength(FOURIER_SIZE ** 2);
        for (const sign of [1, -1]) expect(at(magnitudes, sign * u, sign * v)).toBeCloseTo(512, 2);
        expect(magnitudes.filter((value) => value > 0.01)).toHaveLength(2);
      },
    ),
    { numRuns: 20 },
  );
});

test('horizontal stripes have their peaks above and below the centre, vertical ones beside it', () => {
  const peak = (degrees: number) => {
    const magnitudes = fourierMagnitude(drawn(11, grey(stripes(degrees, 0.25))), 0);
    const index = magnitudes.indexOf(Math.max(...magnitudes));
    return [Math.abs((index % FOURIER_SIZE) - CENTRE), Math.abs(Math.floor(index / FOURIER_SIZE) - CENTRE)];
  };
  expect(peak(0)).toEqual([0, 8]);
  expect(peak(90)).toEqual([8, 0]);
});

test('the centre is the sum of all weights, of a kernel of any size', () => {
  for (const size of [1, 3, 11, 32, 40]) {
    const magnitudes = fourierMagnitude(
      drawn(size, () => [0.5]),
      0,
    );
    expect(at(magnitudes, 0, 0), `${size}`).toBeCloseTo(0.5 * size ** 2, 3);
  }
});

test('a single pixel is as much at every frequency', () => {
  const magnitudes = fourierMagnitude(
    drawn(5, (x, y) => [x === 1 && y === -2 ? 3 : 0]),
    0,
  );
  for (const value of magnitudes) expect(value).toBeCloseTo(3, 5);
});

test('keeps the energy of the luminance, the mean of the channels', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 27, maxLength: 27 }), (values) => {
      const weight = { shape: [1, 3, 3, 3], data: Float32Array.from(values) };
      const energy = Array.from({ length: 9 }, (_, i) => ((values[i] + values[9 + i] + values[18 + i]) / 3) ** 2);
      const spectrum = fourierMagnitude(weight, 0).reduce((sum, value) => sum + value ** 2, 0);
      expect(spectrum / FOURIER_SIZE ** 2).toBeCloseTo(
        energy.reduce((sum, value) => sum + value, 0),
        1,
      );
    }),
  );
});

test('weights that are not finite count as 0, and each filter of a bank is its own', () => {
  const bank = drawn(
    3,
    grey(() => NaN),
    grey(() => 2),
    grey(() => Infinity),
  );
  expect(Math.max(...fourierMagnitude(bank, 0), ...fourierMagnitude(bank, 2))).toBe(0);
  expect(at(fourierMagnitude(bank, 1), 0, 0)).toBeCloseTo(18, 5);
  expect(() => fourierMagnitude(bank, 3)).toThrow('filter 3 of a bank of 3');
});
