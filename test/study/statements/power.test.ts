import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { studentTail } from '../../../src-main/study/results/statistics.ts';
import { MOST_SEEDS, moreSeeds, noncentralTail, POWER, powerOf } from '../../../src-main/study/statements/power.ts';

/** One sample of so many values, whose deviation is one. */
const sample = (size: number) => ({ deviation: 1, sizes: [size] });

describe('the noncentral t distribution', () => {
  // Worked out by the series of Lenth (1989, AS 243), written anew in Python for this test.
  it.each([
    [1, 1, 0, 0.25],
    [2, 3, 1, 0.2563701315923347],
    [5, 2, 4, 0.46797930133004784],
    [12.7, 1, 3, 0.18619678199239653],
    [40, 1, 20, 0.3828149493853735],
  ])('P(T > %d) with %d degrees and noncentrality %d is %d', (limit, degrees, noncentrality, expected) => {
    expect(noncentralTail(limit, degrees, noncentrality)).toBeCloseTo(expected, 4);
  });

  it('without noncentrality is Student’s', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30, noNaN: true }), fc.integer({ min: 1, max: 200 }), (limit, degrees) => {
        expect(noncentralTail(limit, degrees, 0)).toBeCloseTo(studentTail(limit, degrees), 4);
      }),
    );
  });
});

describe('power', () => {
  it('of a paired test is that of the tables: ten pairs, an effect of one deviation, 80.31%', () => {
    expect(powerOf(1, sample(10), 0, 0.025)).toBeCloseTo(0.8030962, 5);
    expect(powerOf(0.5, sample(34), 0, 0.025)).toBeCloseTo(0.8077767, 5);
  });

  it('is what simulated studies have', () => {
    const stream = new RandomStream(11, 'power');
    const spread = { deviation: 1, sizes: [4] };
    const more = moreSeeds(1.5, spread, 0.025);
    const size = 4 + more;
    const studies = 4000;
    const limit = criticalValue(size - 1);
    let found = 0;
    for (let study = 0; study < studies; study++) {
      const values = Array.from({ length: size }, () => 1.5 + stream.gaussian());
      const mean = values.reduce((sum, value) => sum + value, 0) / size;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (size - 1);
      if (mean / Math.sqrt(variance / size) > limit) found++;
    }
    // Three standard errors of 4,000 draws are 0.019.
    expect(Math.abs(found / studies - powerOf(1.5, spread, more, 0.025))).toBeLessThan(0.019);
    expect(found / studies).toBeGreaterThan(POWER - 0.019);
  });
});

describe('how many more seeds', () => {
  // By the same Python, going up one by one: 10, 34, 7 and 17 values in all.
  it.each([
    [1, 0.025, 10],
    [0.5, 0.025, 34],
    [2, 0.025 / 7, 7],
    [1, 0.025 / 7, 17],
  ])('an effect of %d deviations at level %d takes', (effect, level, total) => {
    expect(moreSeeds(effect, sample(2), level)).toBe(total - 2);
  });

  it('is the least number that is enough', () => {
    const effects = fc.double({ min: 0.3, max: 5, noNaN: true });
    fc.assert(
      fc.property(effects, fc.integer({ min: 2, max: 10 }), (effect, size) => {
        const more = moreSeeds(effect, sample(size), 0.005);
        expect(powerOf(effect, sample(size), more, 0.005)).toBeGreaterThanOrEqual(POWER);
        if (more > 1) expect(powerOf(effect, sample(size), more - 1, 0.005)).toBeLessThan(POWER);
      }),
      { numRuns: 50 },
    );
  });

  it('has no end for no effect, nor for one that a thousand seeds don’t show', () => {
    expect(moreSeeds(0, sample(3), 0.025)).toBe(Infinity);
    expect(moreSeeds(-1, sample(3), 0.025)).toBe(Infinity);
    expect(moreSeeds(0.01, sample(3), 0.025)).toBe(Infinity);
    expect(moreSeeds(0.12, sample(3), 0.025)).toBeLessThan(MOST_SEEDS);
  });
});

/** t(0.975, degrees), found by halving. */
function criticalValue(degrees: number): number {
  let [low, high] = [0, 100];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > 0.025) low = middle;
    else high = middle;
  }
  return low;
}
