import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { judge, LEVEL, MARGIN, type Judged } from '../../../src-main/study/statements/judge.ts';
import { moreSeeds, POWER } from '../../../src-main/study/statements/power.ts';
import { STATEMENTS } from '../../../src-main/study/statements/statements.ts';
import { parentOf, type PaperKind, type TreatmentKind } from '../../../src-main/common/treatments/treatments.ts';
import { madeUpEvidence, madeUpRuns } from './made-up-evidence.ts';

/** Deviation of one network's accuracy, in points: a base's is shared by all effects of its replicate. */
const NOISE = 1.5;

type Mean = (kind: TreatmentKind, n: number) => number;

/** A study with random halves and its companion with chosen ones. */
function simulated(stream: RandomStream, replicates: number, own: Mean, distant: Mean): Judged[] {
  const runs = (mean: Mean) =>
    madeUpRuns(replicates, (kind, n) => (kind === 'base' ? 0 : mean(kind, n)) + NOISE * stream.gaussian());
  return judge([madeUpEvidence(runs(own), { distant: runs(distant) })]);
}

/** How often at least one verdict of a study is false, in so many studies. */
function errorRate(
  studies: number,
  [name, replicates]: [name: string, replicates: number],
  own: Mean,
  distant: Mean,
  isFalse: (one: Judged) => boolean,
): number {
  const stream = new RandomStream(5, name, replicates);
  let wrong = 0;
  for (let study = 0; study < studies; study++) if (simulated(stream, replicates, own, distant).some(isFalse)) wrong++;
  return wrong / studies;
}

/** Three standard errors of a rate in so many studies. */
const slack = (rate: number, studies: number): number => 3 * Math.sqrt((rate * (1 - rate)) / studies);

/** Claims an effect: `supported` where the statement says there is one, the opposite where it says there is none. */
const claimsEffect = ({ statement, verdict }: Judged) =>
  verdict === (statement.claims === 'effect' ? 'supported' : 'not supported');
const claimsNone = ({ statement, verdict }: Judged) =>
  verdict === (statement.claims === 'effect' ? 'not supported' : 'supported');

/** Every effect exactly as large as is worth the name, in the direction that its statement is about. */
const ON_MARGIN: Record<PaperKind, number> = {
  selffer: -MARGIN,
  'selffer+': 0,
  transfer: -MARGIN,
  'transfer+': MARGIN,
  random: -2 * MARGIN,
};

/** Tests that no more of so many simulated studies are wrong than the statements' tests promise. */
export function describeErrorRates(studies: number): void {
  describe.each([3, 6])(`of ${studies} studies of %i replicates`, (replicates) => {
    it('at most one in forty sees an effect where there is none at all', () => {
      const none = () => 0;
      const rate = errorRate(studies, ['no effect', replicates], none, none, claimsEffect);
      expect(rate).toBeLessThan(LEVEL / 2 + slack(LEVEL / 2, studies));
      expect(rate).toBeGreaterThan(0.002);
    });

    it('at most one in forty denies an effect that is just worth the name', () => {
      const own: Mean = (kind, n) =>
        kind === 'transfer' && n >= 6 ? -2 * MARGIN : ON_MARGIN[parentOf(kind) as PaperKind];
      const distant: Mean = (kind) => (kind === 'random' ? -MARGIN : 0);
      const about = (one: Judged) => one.statement.id !== 'distance-of-tasks' && claimsNone(one);
      expect(errorRate(studies, ['on the margin', replicates], own, distant, about)).toBeLessThan(
        LEVEL / 2 + slack(LEVEL / 2, studies),
      );
    });

    it('at most one in twenty is wrong in any way, where some effects are there and some are not', () => {
      const own: Mean = (kind) =>
        kind === 'transfer+' || kind === 'selffer+' ? 0 : ON_MARGIN[parentOf(kind) as PaperKind];
      const there = new Set(['first-layers-general', 'fragile-co-adaptation', 'distant-beats-random']);
      const isFalse = (one: Judged) => (there.has(one.statement.id) ? claimsNone(one) : claimsEffect(one));
      expect(errorRate(studies, ['mixed', replicates], own, own, isFalse)).toBeLessThan(LEVEL + slack(LEVEL, studies));
    });
  });

  it('the number of seeds keeps its promise: with them, four of five studies settle an effect of that size', () => {
    // A mean over three layers has three networks of its own and one base.
    const deviation = NOISE * Math.sqrt(1 + 1 / 3);
    const effect = 2.5;
    const seeds = 2 + moreSeeds(effect, { deviation, sizes: [2] }, LEVEL / 2 / STATEMENTS.length);
    const own: Mean = (kind) => (kind === 'selffer' ? -effect : 0);
    const stream = new RandomStream(5, 'promise');
    let settled = 0;
    for (let study = 0; study < studies; study++) {
      const judged = simulated(stream, seeds, own, () => 0);
      if (judged.find(({ statement }) => statement.id === 'fragile-co-adaptation')!.verdict === 'supported') settled++;
    }
    // Holm's later steps are less strict than the first, which is counted with: rather more than promised.
    expect(settled / studies).toBeGreaterThan(POWER - slack(POWER, studies));
    expect(settled / studies).toBeLessThan(0.97);
  });
}
