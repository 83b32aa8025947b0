import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { estimate } from '../../../src-main/study/statements/estimate.ts';
import { describeErrorRates } from './error-rates.ts';

/**
 * Enough to tell tests that are not corrected for their number, wrong in one study of eight, from one in forty: the bound is
 * 4.8%, three standard errors above 2.5%. What 2,000 studies tell beyond that is in error-rates.long.test.ts.
 */
describeErrorRates(400);

describe('a 95% interval holds the truth in 95 of 100 studies', () => {
  const value = (points: number) => ({
    points,
    interval: { low: 0, high: 0 },
    images: 1e9,
    paired: false,
    p: undefined,
  });
  it.each([
    ['of two replicates', [2]],
    ['of five', [5]],
    ['of four against one', [4, 1]],
    ['of three against three', [3, 3]],
  ])('%s', (name, sizes) => {
    const stream = new RandomStream(5, 'coverage', name);
    const draws = 6000;
    let held = 0;
    for (let draw = 0; draw < draws; draw++) {
      const [first, second] = sizes.map((size, side) =>
        Array.from({ length: size }, () => value((side === 0 ? 1.5 : 0.5) + 0.7 * stream.gaussian())),
      );
      const { interval } = estimate(first, second);
      const truth = second ? 1 : 1.5;
      if (interval.low <= truth && truth <= interval.high) held++;
    }
    expect(Math.abs(held / draws - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / draws));
  });
});
