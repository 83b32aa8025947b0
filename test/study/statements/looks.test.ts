import { describe, expect, it, test } from 'vitest';
import { judgeLooks } from '../../../src-main/study/statements/judge.ts';
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

  it('is never spent twice, whenever one looks and stops', () => {
    for (const at of [[3], [3, 4, 5], [1, 6, 12], [2, 3, 7]]) {
      const each = shares({ at, most: 12 });
      expect(each.every((share) => share >= 0)).toBe(true);
      expect(each.reduce((sum, share) => sum + share)).toBeCloseTo(spent(at.at(-1)! / 12), 12);
    }
  });
});

test('an answer that a look gave stays, and effects are those of all replicates', () => {
  const effect: Effect = (kind, _, replicate) =>
    kind === 'selffer' ? -4 + (replicate === 5 ? 30 : replicate / 100) : 0;
  const upTo = (replicates: number) => [madeUpEvidence(madeUpRuns(replicates, effect))];
  const about = (replicates: readonly number[], spending: readonly number[]) =>
    judgeLooks(replicates.map(upTo), spending).find(({ statement }) => statement.id === 'fragile-co-adaptation')!;
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
});
