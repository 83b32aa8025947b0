import type { Answer, AnsweredEffect } from '../../common/results/statements.ts';
import type { Evidence } from './evidence.ts';
import { judge, LEVEL, MARGIN, type Judged, type LayerTested, type Tested } from './judge.ts';
import { paperAnswer } from './paper-answer.ts';
import { moreSeeds } from './power.ts';
import { differenceOf, sentencesOn, type Circumstances } from './wording.ts';

/** Every statement, held against the evidence. */
export function answers(evidence: readonly Evidence[], circumstances: Omit<Circumstances, 'tests'>): Answer[] {
  const judged = judge(evidence);
  const tests = judged.filter(({ effect }) => effect?.test).length;
  const paper = paperAnswer(circumstances.near);
  return judged.map((one) => {
    const { statement, target, verdict, layers, effect, byLayer } = one;
    const more = seedsToSettle(one, tests);
    const { id, title, claim, section } = statement;
    return {
      ...{ id, target, title, claim, section, difference: differenceOf(one), verdict, layers },
      text: sentencesOn(one, more, { ...circumstances, tests }),
      effect: effect && answered(effect),
      moreSeeds: more !== null && Number.isFinite(more) ? more : null,
      byLayer: byLayer.map((layer) => ({ n: layer.n, ...answered(layer) })),
      paper: paper.get(id)!,
    };
  });
}

/** By whichever of the two questions is answered sooner. */
function seedsToSettle({ statement: { direction }, verdict, effect }: Judged, tests: number): number | null {
  if (verdict !== 'not enough runs' || !effect?.spread) return null;
  const level = LEVEL / 2 / tests;
  const size = direction * effect.points;
  return Math.min(moreSeeds(size, effect.spread, level), moreSeeds(MARGIN - size, effect.spread, level));
}

export function answered({ points, interval, how, units, test }: Tested | LayerTested): AnsweredEffect {
  return { points, interval, how, replicates: units, shown: test?.shown ?? null, excluded: test?.excluded ?? null };
}
