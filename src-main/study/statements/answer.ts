import type { Answer, AnsweredEffect } from '../../common/results/statements.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { resolveNetwork } from '../../network/network.ts';
import { further } from '../plan/extend.ts';
import { comesFromElsewhere, type Protocol } from '../plan/protocol.ts';
import type { Companion } from '../results/companion.ts';
import { isNear, type Pooling, type RunResult } from '../results/curves.ts';
import { notLearnt } from '../results/not-learnt.ts';
import { type Evidence, NO_RUNS, type Runs, runsOf } from './evidence.ts';
import {
  answersOfLooks,
  isSettled,
  judge,
  type Judged,
  type LayerTested,
  LEVEL,
  MARGIN,
  type Tested,
} from './judge.ts';
import { givenUpAt } from './focus.ts';
import { shares } from './looks.ts';
import { paperAnswer } from './paper-answer.ts';
import { type Statement, STATEMENTS } from './statements.ts';
import { moreSeeds, powerOf } from './power.ts';
import { type Circumstances, differenceOf, sentencesOn } from './wording.ts';

/** The answer to every statement, given the evidence. */
export function answers(evidence: readonly Evidence[], circumstances: Omit<Circumstances, 'tests'>): Answer[] {
  return answersOf(judge(evidence), circumstances);
}

function answersOf(judged: readonly Judged[], circumstances: Omit<Circumstances, 'tests'>): Answer[] {
  const tests = judged.filter(({ effect }) => effect?.test).length;
  const paper = paperAnswer(circumstances.near);
  return judged.map((one) => {
    const { statement, target, verdict, layers, effect, byLayer } = one;
    const more = seedsToSettle(one, tests);
    const power = powerFor(one, tests, paper.get(one.statement.id)!.points);
    const { id, title, claim, section } = statement;
    return {
      ...{ id, target, title, claim, section, difference: differenceOf(one), verdict, layers },
      text: sentencesOn(one, { more, power }, { ...circumstances, tests }),
      effect: effect && answered(effect),
      power,
      moreSeeds: more !== null && Number.isFinite(more) ? more : null,
      givenUp: one.givenUp ?? null,
      byLayer: byLayer.map((layer) => ({ n: layer.n, ...answered(layer) })),
      paper: paper.get(id)!,
    };
  });
}

/** The further seeds that answer the first of the two questions. */
function seedsToSettle({ statement: { direction }, verdict, effect }: Judged, tests: number): number | null {
  if (verdict !== 'not enough runs' || !effect?.spread) return null;
  const level = LEVEL / 2 / tests;
  const size = direction * effect.points;
  return Math.min(moreSeeds(size, effect.spread, level), moreSeeds(MARGIN - size, effect.spread, level));
}

/**
 * The probability with which as many runs, as different from each other as these, would establish an effect as large
 * as the paper's (or of MARGIN, where the paper's networks have none), or exclude one of MARGIN where there is none.
 */
function powerFor({ statement, effect }: Judged, tests: number, paper: number | null): Answer['power'] {
  if (!effect?.spread) return null;
  const { direction, claims } = statement;
  const theirs = paper === null ? 0 : direction * paper;
  const ofPaper = claims === 'effect' && theirs >= MARGIN / 2;
  const size = ofPaper ? theirs : MARGIN;
  return { size: direction * size, ofPaper, probability: powerOf(size, effect.spread, 0, LEVEL / 2 / tests) };
}

function answered({ points, interval, how, units, test }: Tested | LayerTested): AnsweredEffect {
  return { points, interval, how, replicates: units, shown: test?.shown ?? null, excluded: test?.excluded ?? null };
}

/** What the paper's statements need to know about a study. */
export interface AnsweredStudy {
  readonly protocol: Protocol;
  readonly results: readonly RunResult[];
  readonly pooling: Pooling;
  readonly targets: readonly Half[];
  /** Accuracy of guessing, by half. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly companion: Companion | null;
}

/** The study's answer to each statement of the paper, for each half that was trained on. */
export function studyAnswers(study: AnsweredStudy): Answer[] {
  const { protocol, companion } = study;
  const { replicates } = protocol;
  const splits = new Set(replicates.map(({ splitSeed }) => splitSeed)).size;
  return answersOf(judgedOf(study), {
    unit: isNear(protocol) && splits > 1 && splits < replicates.length ? 'split' : 'seed',
    near: isNear(protocol),
    companion: companion?.name ?? null,
    notLearnt: notLearnt(study),
    cuts: resolveNetwork(protocol.network, 2).cuts,
  });
}

/**
 * The study's verdicts; where it was looked at several times, each look spends its share of the level, and what a look has given up
 * stays so, unless networks for other statements settle it.
 */
function judgedOf(study: AnsweredStudy): Judged[] {
  const { looks, replicates } = study.protocol;
  if (!looks) return judge(evidenceOf(study));
  const spending = shares(looks);
  const each = looks.at.map((have, look) => {
    const results = study.results.filter(({ replicate }) => replicate < have);
    return judge(evidenceOf({ ...study, results }), spending[look]);
  });
  const step = further(replicates.slice(0, looks.at[0])).length;
  const hopeless = each.map((judged, look) => givenUpAt(judged, { ...looks, at: looks.at.slice(0, look + 1) }, step));
  return answersOfLooks(each).map((one, place) => {
    const givenUp = hopeless.map((look) => look[place]).find((first) => first);
    return givenUp && !isSettled(one) ? { ...one, givenUp } : one;
  });
}

function evidenceOf({ protocol, results, pooling, targets, chance, companion }: AnsweredStudy): Evidence[] {
  const { depth } = resolveNetwork(protocol.network, 2);
  const learnt = notLearnt({ protocol, results, chance }) === undefined;
  const other: Runs = companion ? runsOf(companion.results, companion.protocol) : NO_RUNS;
  const statements = STATEMENTS.filter((statement) => applies(statement, protocol));
  return targets.map((target) => {
    const trained = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
    const own = runsOf(trained, protocol);
    // The distance of what comes from elsewhere from B is unknown.
    const unknown = comesFromElsewhere(protocol);
    const [near, distant] = unknown ? [NO_RUNS, NO_RUNS] : isNear(protocol) ? [own, other] : [other, own];
    return { target, depth, learnt, own, near, distant, statements };
  });
}

/**
 * Whether a statement can be tested at all by a study. With features of a whole network from a file, or of another image set, A
 * and B are no halves of one set, and without its control of B's own layers a statement says nothing.
 */
function applies({ halves, minuend, subtrahend }: Statement, { pretrained, sourceSet, treatments }: Protocol): boolean {
  if (!pretrained?.head && !sourceSet) return true;
  const isPlanned = (kind: Statement['minuend']) => kind === 'base' || treatments.includes(kind);
  return halves === 'own' && isPlanned(minuend) && isPlanned(subtrahend);
}
