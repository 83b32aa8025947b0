import { chosenPercent, counted, signed, signedRange } from '../../common/numbers.ts';
import { MARGIN } from '../statements/judge.ts';
import { layerList, pWords } from '../statements/wording.ts';
import { isDifferent, isNegligible, VARIANT_LEVEL, type VariantEffect } from './effects.ts';

/** What a study says of a treatment that the paper doesn't have, in whole sentences. */
export function variantSentences(one: VariantEffect): string {
  const { difference, layers, mean } = one;
  const where = layers.length > 1 ? `averaged over ${layerList(layers)}` : `at ${layerList(layers)}`;
  const effect = `${difference} is ${signed(mean.points)} points ${where} (95% interval ${signedRange(mean.interval)}, ${counted(mean.units, 'replicate')}).`;
  return `${effect} ${testSentence(one)}`;
}

function testSentence(one: VariantEffect): string {
  const { test } = one;
  if (!test) return 'The interval is of the held-out images only: whether other seeds and splits agree is not known.';
  const [shown, excluded] = [pWords(test.shown), pWords(test.excluded)];
  const point = `${MARGIN.toFixed(1)} point or more`;
  if (isDifferent(one) && isNegligible(one))
    return `A difference is established (${shown}), but one of ${point} is excluded (${excluded}).`;
  if (isDifferent(one)) return `A difference is established (${shown}).`;
  if (isNegligible(one)) return `A difference of ${point} is excluded (${excluded}).`;
  return `Neither a difference nor its absence (less than ${MARGIN.toFixed(1)} point) is established (${shown} and ${excluded}): not enough runs.`;
}

/** How they were tested, for the small print. */
export const variantMethod = (): string =>
  `Treatments that the paper doesn’t have are held against those that they vary, paired by replicate and averaged over n. Nobody claimed which way these differences go: a difference is tested in both directions, one of less than ${MARGIN.toFixed(1)} point by two one-sided tests. These p-values are corrected by Holm's method among all such differences, and held against ${chosenPercent(VARIANT_LEVEL)} for each of the two questions, so that the chance of any false answer among them is at most ${chosenPercent(2 * VARIANT_LEVEL)}. Intervals are not corrected.`;
