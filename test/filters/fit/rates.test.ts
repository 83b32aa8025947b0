import { describe, expect, it } from 'vitest';
import { searchPlaid, plaidExplained } from '../../../src-main/filters/fit/plaid.ts';
import { fitBank } from '../../../src-main/filters/fit/bank-fit.ts';
import { calibrate } from '../../../src-main/filters/fit/calibration.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { confusionOf } from '../../../tools/simulate/filters.ts';

const own = [{ fitBank, calibrate }];

describe('filters of which the kind is known', () => {
  // The whole table is in docs/simulations.md; these are the cells that were missed before.
  it.each([
    ['plaid', 5, 0],
    ['edge', 5, 0.2],
    ['grating', 7, 0.5],
    ['checkerboard', 7, 0.5],
  ] as const)(
    'are named right wherever an expert could tell: %s of %i pixels with noise of %d',
    (kind, size, noise) => {
      const { tellable, named } = confusionOf({ kind, size, noise }, 30, own, 'rates');
      expect(tellable).toBeGreaterThan(0.2);
      // 95%, and what 30 filters may be off.
      expect(named[0].right).toBeGreaterThan(0.88);
    },
  );
});

it('two gratings are found also where they are nearly alike, which one after the other are not', () => {
  const random = new RandomStream('alike');
  const size = 7;
  for (let pair = 0; pair < 20; pair++) {
    const [u, v, turn, phase] = Array.from({ length: 4 }, () => random.uniform());
    const first = [0.2 + 0.2 * u, 0.3 * v - 0.15];
    const waves = [first, [first[0] + 0.1 * Math.cos(6.28 * turn), first[1] + 0.1 * Math.sin(6.28 * turn)]];
    const values = Float64Array.from({ length: size * size }, (_, pixel) =>
      waves.reduce(
        (sum, [right, up], place) =>
          sum +
          Math.cos(2 * Math.PI * (right * (pixel % size) - up * Math.floor(pixel / size)) + (place + 1) * 6 * phase),
        0,
      ),
    );
    const plane = { rows: size, columns: size, values };
    expect(plaidExplained(plane, searchPlaid(plane))).toBeGreaterThan(0.9999);
  }
});
