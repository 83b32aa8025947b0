import { describe, expect, test } from 'vitest';
import { filterWeights } from '../../../src-main/filters/bank.ts';
import { fitBank, summarise } from '../../../src-main/filters/fit/bank-fit.ts';
import { calibrate } from '../../../src-main/filters/fit/calibration.ts';
import { nullBank, nullsOf } from '../../../src-main/filters/fit/nulls.ts';
import { fourierOf, imageOf } from '../../../src-main/filters/fit/spectrum.ts';
import type { Tensor } from '../../../src-main/network/weights.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { blob, drawn, grey, stripes } from '../drawn.ts';

const SIZE = { rows: 7, columns: 7 };
const gabors = drawn(
  7,
  ...Array.from({ length: 24 }, (_, filter) =>
    grey((x, y) => blob(1.6)(x, y) * stripes(15 * filter, 0.25, filter)(x, y)),
  ),
);

/** Noise that is smoothed by a Gaussian: what training leaves where there is nothing to learn. */
function smoothed(filters: number, width: number, seed: string): Tensor {
  const random = new RandomStream(seed);
  const data = new Float32Array(filters * 3 * 49);
  for (let filter = 0; filter < filters; filter++) {
    const white = Float64Array.from({ length: 17 * 17 }, () => random.gaussian());
    for (let row = 0; row < 7; row++)
      for (let column = 0; column < 7; column++) {
        let sum = 0;
        for (let down = -5; down <= 5; down++)
          for (let right = -5; right <= 5; right++)
            sum +=
              white[(row + 5 + down) * 17 + column + 5 + right] *
              Math.exp(-(down ** 2 + right ** 2) / (2 * width ** 2));
        for (let channel = 0; channel < 3; channel++)
          data[((filter * 3 + channel) * 7 + row) * 7 + column] = sum + 0.02 * random.gaussian();
      }
  }
  return { shape: [filters, 3, 7, 7], data };
}

const power = (bank: Tensor, filter: number, channel: number): Float64Array => {
  const plane = Float64Array.from(filterWeights(bank, filter).subarray(49 * channel, 49 * (channel + 1)));
  const { re, im } = fourierOf(plane, SIZE);
  return re.map((value, place) => value ** 2 + im[place] ** 2);
};

test('a plane is what its transform is transformed back to', () => {
  const random = new RandomStream('a plane');
  const plane = Float64Array.from({ length: 49 }, () => random.gaussian());
  imageOf(fourierOf(plane, SIZE), SIZE).forEach((value, pixel) => expect(value).toBeCloseTo(plane[pixel], 10));
});

describe('the nulls of a bank', () => {
  test('with phases shuffled, each filter keeps the power of its frequencies and nothing else', () => {
    const shuffled = nullBank(gabors, 'shuffled', { filters: 24 });
    for (const filter of [0, 7, 23]) {
      const own = power(gabors, filter, 0);
      const total = 3 * own.reduce((sum, value) => sum + value, 0);
      power(shuffled, filter, 0).forEach((value, place) => expect(value).toBeCloseTo((49 * own[place]) / total, 4));
      const before = filterWeights(gabors, filter);
      const norm = Math.hypot(...before);
      const same = filterWeights(shuffled, filter).reduce(
        (sum, value, place) => sum + (value * before[place]) / norm,
        0,
      );
      expect(Math.abs(same)).toBeLessThan(0.8);
    }
  });

  test('smoothed noise has the mean power spectrum of the bank', () => {
    const mean = (bank: Tensor) => {
      const all = Array.from({ length: bank.shape[0] }, (_, filter) => power(bank, filter, 1));
      return all[0].map((_, place) => all.reduce((sum, one) => sum + one[place], 0) / all.length);
    };
    const norms = Array.from({ length: 24 }, (_, filter) => Math.hypot(...filterWeights(gabors, filter)));
    const unit = {
      shape: gabors.shape,
      data: gabors.data.map((value, place) => value / norms[Math.floor(place / 147)]),
    };
    const [own, noise] = [mean(unit), mean(nullBank(gabors, 'smoothed', { filters: 600 }))];
    const total = own.reduce((sum, value) => sum + value, 0);
    const apart = own.reduce((sum, value, place) => sum + Math.abs(value - noise[place]), 0);
    expect(apart / total).toBeLessThan(0.15);
  });

  test('are the same for the same seed, and filters that are dead take no part', () => {
    const [one, again, other] = ['one', 'one', 'two'].map((seed) => nullBank(gabors, 'smoothed', { filters: 4, seed }));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    const zeros = { shape: [2, 3, 7, 7], data: new Float32Array(294) };
    expect(nullBank(zeros, 'shuffled', { filters: 3 }).data.every((value) => value === 0)).toBe(true);
  });

  test('hold Gabor-like filters to far less than they are, and smooth noise to what it is itself', () => {
    const calibration = calibrate([3, 7, 7]);
    const gaborShare = (bank: Tensor) => summarise(fitBank(bank, calibration)).shares.gabor;
    expect(gaborShare(gabors)).toBeGreaterThan(0.9);
    for (const { name, shares } of nullsOf(gabors, calibration, { filters: 30 }))
      expect({ name, few: shares.gabor < 0.35 }).toEqual({ name, few: true });
    const noise = smoothed(50, 1, 'smooth noise');
    const [white, alike] = nullsOf(noise, calibration, { filters: 50 });
    expect(white.shares.gabor).toBeLessThanOrEqual(0.02);
    // Neither passes: no more than its null by more than two samples of 50 are apart by chance.
    expect(gaborShare(noise)).toBeLessThan(0.12);
    expect(gaborShare(noise) - alike.shares.gabor).toBeLessThan(0.1);
  });
});
