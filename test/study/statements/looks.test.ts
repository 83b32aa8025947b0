import { describe, expect, it, test } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { normalBelow } from '../../../src-main/study/results/statistics.ts';
import { answersOfLooks, judge } from '../../../src-main/study/statements/judge.ts';
import { shares, spent } from '../../../src-main/study/statements/looks.ts';
import { extended, further } from '../../../src-main/study/plan/extend.ts';
import { madeUpEvidence, madeUpRuns, type Effect } from './made-up-evidence.ts';

describe('the level of a study that is looked at several times', () => {
  it('is spent as by O’Brien and Fleming: next to nothing early, all of it at the end', () => {
    // 2 (1 - Φ(1.96 / √t)) / 0.05, as tabulated by Lan and DeMets for five equal looks.
    const tabulated = [0.2, 0.4, 0.6, 0.8, 1].map((t) => 0.05 * spent(t));
    [0.0000117, 0.0019384, 0.0113997, 0.028438, 0.05].forEach((value, look) =>
      expect(tabulated[look]).toBeCloseTo(value, 4),
    );
    expect(spent(0)).toBe(0);
  });

  it('is spent as planned, whenever one looks and stops', () => {
    const random = new RandomStream('looks');
    for (const at of [[3], [3, 4, 5], [1, 6, 12], [2, 3, 7, 12]]) {
      // A larger level than is used, of which sums of random values show enough.
      const each = shares({ at, most: 12 }, { level: 0.2 });
      const paths = 4000;
      let crossed = 0;
      for (let path = 0; path < paths; path++) {
        let [sum, have] = [0, 0];
        const crosses = at.some((replicates, look) => {
          for (; have < replicates; have++) sum += random.gaussian();
          return normalBelow(-sum / Math.sqrt(replicates)) < 0.2 * each[look];
        });
        crossed += Number(crosses);
      }
      const planned = 0.2 * spent(at.at(-1)! / 12);
      expect(Math.abs(crossed / paths - planned)).toBeLessThan(3 * Math.sqrt((planned * (1 - planned)) / paths) + 1e-9);
    }
  });

  it('is all there for a single look at the end, and at each look at least what is spent there', () => {
    expect(shares({ at: [12], most: 12 })[0]).toBeCloseTo(1, 6);
    const at = [2, 3, 7, 12];
    const each = shares({ at, most: 12 });
    each.forEach((share, look) => {
      expect(share).toBeGreaterThanOrEqual(spent(at[look] / 12) - spent((at[look - 1] ?? 0) / 12) - 1e-9);
      expect(share).toBeCloseTo(shares({ at, most: 12 }, { steps: 400 })[look], 4);
    });
    // Of eight looks, Bonferroni's inequality would leave a quarter to the last one.
    expect(shares({ at: [2, 3, 4, 5, 6, 7, 8, 9], most: 9 }).at(-1)).toBeGreaterThan(0.5);
  });
});

test('an answer that a look gave stays, and effects are those of all replicates', () => {
  const effect: Effect = (kind, _, replicate) =>
    kind === 'selffer' ? -4 + (replicate === 5 ? 30 : replicate / 100) : 0;
  const upTo = (replicates: number) => [madeUpEvidence(madeUpRuns(replicates, effect))];
  const about = (replicates: readonly number[], spending: readonly number[]) =>
    answersOfLooks(replicates.map((have, look) => judge(upTo(have), spending[look]))).find(
      ({ statement }) => statement.id === 'fragile-co-adaptation',
    )!;
  expect(about([6], [1]).verdict).toBe('not enough runs');
  const looked = about([5, 6], [0.5, 0.5]);
  expect(looked.verdict).toBe('supported');
  expect(looked.effect!.points).toBeCloseTo(about([6], [1]).effect!.points, 9);
  expect(about([5], [0.5]).effect!.test!.shown).toBeCloseTo(2 * about([5], [1]).effect!.test!.shown, 9);
  expect(about([5, 6], [0, 0]).verdict).toBe('not enough runs');
});

describe('a further replicate', () => {
  it('is the next seed of splits and trainings, or the next split with all its seeds', () => {
    const seed = (one: number, other = one) => ({ splitSeed: one, trainingSeed: other });
    expect(further([seed(1), seed(2)])).toEqual([seed(3)]);
    expect(further([seed(40, 1)])).toEqual([seed(41, 2)]);
    const crossed = [seed(1, 1), seed(1, 2), seed(2, 1), seed(2, 2)];
    expect(further(crossed)).toEqual([seed(3, 1), seed(3, 2)]);
    const protocol = { replicates: [seed(1)] } as Parameters<typeof extended>[0];
    expect(extended(protocol, 2).replicates).toEqual([seed(1), seed(2), seed(3)]);
  });

  it('is looked at with the further ones, too, where it went on until it was clear', () => {
    const replicates = [1, 2, 3].map((splitSeed) => ({ splitSeed, trainingSeed: splitSeed }));
    const looked = (most: number) =>
      ({ replicates, looks: { at: [1, 2, 3], most } }) as unknown as Parameters<typeof extended>[0];
    expect(extended(looked(8), 2).looks).toEqual({ at: [1, 2, 3, 5], most: 8 });
    expect(extended(looked(3), 1).looks).toEqual({ at: [1, 2, 3, 4], most: 4 });
  });
});
