import type { Cut } from '../../common/cuts.ts';
import { chosenPercent, signed, signedRange } from '../../common/numbers.ts';
import type { VariantCurve } from '../../common/results/effects.ts';
import { type Half, type PaperKind, referencesOf, sortedKinds } from '../../common/treatments/treatments.ts';
import type { Protocol } from '../plan/protocol.ts';
import type { Pooling, RunResult } from '../results/curves.ts';
import { differenceName, differences } from '../results/effects.ts';
import { holm } from '../results/statistics.ts';
import { completePart, estimate, type Estimate, pValueAbove, type Spread } from './estimate.ts';
import { average, measure, runsOf } from './evidence.ts';
import { LEVEL, MARGIN } from './judge.ts';
import { layerList, ONE_REPLICATE, ONE_SPLIT, pWords, unitWords } from './wording.ts';

/** A treatment that the paper doesn't have against one that it varies, with the mean difference over n. */
export interface VariantEffect extends VariantCurve {
  readonly against: PaperKind;
  /** The n that are averaged. */
  readonly layers: readonly number[];
  readonly mean: Estimate;
  /** Null for a single value, which can't be tested. */
  readonly test: VariantTest | null;
}

/** Two questions, whose p-values are corrected by Holm among all differences of the study. */
interface VariantTest {
  /** Is there a difference, in either direction? */
  readonly shown: number;
  /** Is it smaller than MARGIN, whatever its direction? */
  readonly excluded: number;
}

/**
 * Each question has half the level, as for the paper's statements. No direction was predicted for these differences,
 * so either direction gets a part of it.
 */
export const VARIANT_LEVEL = LEVEL / 2;

export interface VariantStudy {
  readonly protocol: Pick<Protocol, 'split' | 'replicates'>;
  readonly results: readonly RunResult[];
  readonly pooling: Pooling;
  readonly targets: readonly Half[];
}

/**
 * All variants of a study that have at least one complete pair, in the order of the curves. Their means are one
 * family of tests.
 */
export function variantEffects({ protocol, results, pooling, targets }: VariantStudy): VariantEffect[] {
  const untested = targets.flatMap((target) => {
    const trained = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
    const kinds = sortedKinds(trained.flatMap(({ kind }) => (kind === 'base' ? [] : [kind])));
    const runs = runsOf(trained, protocol);
    return kinds.flatMap((kind) =>
      referencesOf(kind).flatMap(({ against, effect }) => {
        const points = differences(trained, kind, against, pooling.splitOf);
        const units = measure(runs, kind, against);
        const complete = completePart(
          [units],
          points.map(({ n }) => n),
        );
        if (!complete) return [];
        const { layers, sides } = complete;
        const over = runs.unit === 'split' ? 'splits' : 'seeds of one split';
        const values = sides[0].map((unit) => average(layers.map((n) => unit.get(n)!)));
        const mean = estimate(values, undefined, { over });
        const difference = differenceName(kind, against, target);
        return [{ effect, kind, against, difference, target, points, layers, mean }];
      }),
    );
  });
  const tests = family(untested.map(({ mean }) => mean));
  return untested.map((one, index) => ({ ...one, test: tests[index] }));
}

/** Whether a test shows a difference, and whether it excludes one of MARGIN or more. */
export const isDifferent = ({ test }: VariantEffect): boolean => test !== null && test.shown < VARIANT_LEVEL;
export const isNegligible = ({ test }: VariantEffect): boolean => test !== null && test.excluded < VARIANT_LEVEL;

function family(means: readonly Estimate[]): (VariantTest | null)[] {
  const raw = means.map(({ points, spread }) => spread && testOf(points, spread));
  const tested = raw.filter((test) => test !== null);
  const shown = holm(tested.map((test) => test.shown));
  const excluded = holm(tested.map((test) => test.excluded));
  let next = 0;
  return raw.map((test) => test && { shown: shown[next], excluded: excluded[next++] });
}

/** Student's t for a difference, and for one within the margins the worse of its two one-sided tests (Schuirmann 1987). */
function testOf(points: number, spread: Spread): VariantTest {
  const direction = points < 0 ? -1 : 1;
  return {
    shown: 2 * pValueAbove(0, direction, points, spread),
    excluded: 1 - pValueAbove(MARGIN, direction, points, spread),
  };
}

/** The result of a treatment that the paper doesn't have, in whole sentences. */
export function variantSentences(one: VariantEffect, cuts: readonly Cut[]): string {
  const { difference, layers, mean } = one;
  const where = `${layers.length > 1 ? 'averaged over' : 'at'} ${layerList(layers, cuts)}`;
  const effect = `${difference} is ${signed(mean.points)} points ${where} (95% interval ${signedRange(mean.interval)}, ${unitWords(mean)}).`;
  return `${effect} ${testSentence(one)}${mean.how === 'seeds of one split' ? ` ${ONE_SPLIT}` : ''}`;
}

function testSentence(one: VariantEffect): string {
  const { test } = one;
  if (!test) return ONE_REPLICATE;
  const [shown, excluded] = [pWords(test.shown), pWords(test.excluded)];
  const point = `${MARGIN.toFixed(1)} point or more`;
  if (isDifferent(one) && isNegligible(one))
    return `A difference is established (${shown}), but one of ${point} is excluded (${excluded}).`;
  if (isDifferent(one)) return `A difference is established (${shown}).`;
  if (isNegligible(one)) return `A difference of ${point} is excluded (${excluded}).`;
  return `The data neither show a difference (${shown}) nor rule out one of ${point} (${excluded}): not enough runs.`;
}

/** How they were tested, for the small print. */
export const variantMethod = (): string =>
  `Treatments that the paper doesn’t have are compared with those that they vary, paired by replicate and averaged over n. No direction was predicted, so a difference is tested in both directions, and its absence (less than ${MARGIN.toFixed(1)} point) by two one-sided tests. These p-values are corrected by Holm's method among all such differences, and compared with ${chosenPercent(VARIANT_LEVEL)} for each of the two questions, so that the chance of any false answer among them is at most ${chosenPercent(2 * VARIANT_LEVEL)}. Intervals are not corrected.`;
