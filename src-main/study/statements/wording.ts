import { areNamed, nameAt, withName, type Cut } from '../../common/cuts.ts';
import { chosenPercent, count, counted, percentDone, signed, signedRange } from '../../common/numbers.ts';
import { curveName } from '../../common/treatments/treatments.ts';
import { DRAWN } from './focus.ts';
import { isExcluded, isShown, LEVEL, MARGIN, type Judged, type Tested } from './judge.ts';
import { type Interval, isOfImages } from '../../common/results/intervals.ts';
import type { Answer, GivenUp, Verdict } from '../../common/results/statements.ts';
import { MOST_SEEDS, POWER } from './power.ts';

/** What the sentences need to know beside the judgement. */
export interface Circumstances {
  /** How many statements were tested together. */
  readonly tests: number;
  /** What one more independent value costs. */
  readonly unit: 'seed' | 'split';
  /** Whether the study's own halves are random. */
  readonly near: boolean;
  /** The name of the study that distant or near halves were taken from. */
  readonly companion: string | null;
  /** Why nothing can be told of transplants; undefined where all bases have learnt. */
  readonly notLearnt: string | undefined;
  /** Where the network can be chopped. */
  readonly cuts: readonly Cut[];
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  supported: 'Supported',
  'not supported': 'Not supported',
  'not enough runs': 'Not enough runs',
  'not tested': 'Not tested',
};

/** What more runs would do, and what these can. */
interface Prospects {
  /** Replicates that would settle it, null if unknown. */
  readonly more: number | null;
  readonly power: Answer['power'];
}

/** What the study says about a statement, in whole sentences. */
export function sentencesOn(judged: Judged, { more, power }: Prospects, circumstances: Circumstances): string {
  const { effect } = judged;
  if (!effect) return obstacleSentence(judged, circumstances);
  const sentences = [effectSentence(judged, effect, circumstances), testSentence(judged, effect, circumstances)];
  if (effect.how === 'seeds of one split') sentences.push(ONE_SPLIT);
  if (power) sentences.push(powerSentence(judged, effect, power));
  if (judged.givenUp) sentences.push(givenUpSentence(judged.givenUp));
  if (judged.verdict === 'not enough runs') sentences.push(moreSentence(judged, effect, more, circumstances));
  return sentences.join(' ');
}

/** What one replicate can't show. */
export const ONE_REPLICATE =
  'The interval covers these networks on such images only; other seeds and splits may differ.';

/** What seeds can't show. */
export const ONE_SPLIT = 'This holds for one split of the classes: its seeds say nothing about other splits.';

/** `3 splits`, `5 seeds of one split`, `1 replicate` */
export function unitWords({ how, units }: Pick<Tested, 'how' | 'units'>): string {
  if (isOfImages(how)) return counted(units, 'replicate');
  return how === 'splits' ? counted(units, 'split') : `${counted(units, 'seed')} of one split`;
}

/** `BnB − baseB` */
export function differenceOf({ statement, target }: Pick<Judged, 'statement' | 'target'>): string {
  const { minuend, subtrahend, halves } = statement;
  const difference = `${curveName({ kind: minuend, target })} − ${curveName({ kind: subtrahend, target })}`;
  return halves === 'near and distant' ? `${difference}, random halves less chosen ones` : difference;
}

function effectSentence(judged: Judged, effect: Tested, { companion, cuts }: Circumstances): string {
  const { layers, zone, byLayer, statement } = judged;
  const where = `${layers.length > 1 ? 'averaged over' : 'at'} ${layerList(layers, cuts)}`;
  const incomplete = zone.filter((n) => !layers.includes(n) && byLayer.some((layer) => layer.n === n));
  const without = incomplete.length > 0 ? `, without ${layerList(incomplete, cuts)}, where networks are missing` : '';
  const beside = statement.halves !== 'own' && companion !== null ? `, with the study “${companion}”` : '';
  return `${differenceOf(judged)} is ${signed(effect.points)} points ${where}${without} (95% interval ${signedRange(effect.interval)}, ${unitWords(effect)}${beside}).`;
}

function testSentence({ statement, verdict, byLayer }: Judged, effect: Tested, { cuts }: Circumstances): string {
  const name = statement.effect;
  const { test } = effect;
  if (!test) return heldOutSentence(name, statement.direction, effect.interval);
  const alone = byLayer.filter((layer) => isShown(layer) && !isExcluded(layer)).map(({ n }) => n);
  const shown = `${upper(name)} is established (${pWords(test.shown)})`;
  const excluded = `${name} of ${MARGIN.toFixed(1)} point or more is excluded (${pWords(test.excluded)})`;
  if (verdict === 'not enough runs') return openSentence(name, effect);
  if (isExcluded(effect))
    return isShown(effect) ? `${shown}, but ${excluded}: the effect is too small to count.` : `${upper(excluded)}.`;
  const least = statement.direction > 0 ? effect.interval.low : -effect.interval.high;
  const open = least < MARGIN ? `; it may be smaller than ${MARGIN.toFixed(1)} point` : '';
  return `${shown}${open}${alone.length > 0 ? `; tested layer by layer, it is established at ${layerList(alone, cuts)}` : ''}.`;
}

/** With one replicate: what its held-out images alone show. */
function heldOutSentence(name: string, direction: 1 | -1, { low, high }: Interval): string {
  const [least, most] = direction > 0 ? [low, high] : [-high, -low];
  const says =
    most < MARGIN
      ? `The data of these networks rule out ${name} of ${MARGIN.toFixed(1)} point or more.`
      : least > 0
        ? `The data of these networks show ${name}.`
        : `The data neither show nor rule out ${name}.`;
  return `${says} ${ONE_REPLICATE}`;
}

function openSentence(name: string, { interval, test }: Tested): string {
  const both = `The data neither show ${name} (${pWords(test!.shown)}) nor rule out one of ${MARGIN.toFixed(1)} point or more (${pWords(test!.excluded)}).`;
  const apart = interval.low > 0 || interval.high < 0;
  return apart
    ? `${both} The interval alone excludes zero, but the test doesn’t, because it corrects for all statements tested at once.`
    : both;
}

function powerSentence({ statement }: Judged, effect: Tested, { size, ofPaper, probability }: Prospect): string {
  const found = statement.claims === 'effect' ? 'establish' : 'exclude';
  const what = ofPaper ? `as large as the paper’s (${signed(size)} points)` : `of ${signed(size)} points`;
  return `If they differ as these do, ${unitWords(effect)} ${found} an effect ${what}${statement.claims === 'effect' ? '' : ', where there is none,'} in ${percentDone(probability)} of studies.`;
}
type Prospect = NonNullable<Prospects['power']>;

const givenUpSentence = ({ replicates, more, chance }: GivenUp): string =>
  `It was given up after ${counted(replicates, 'replicate')}: ${more} more, the most that were planned, would hardly settle it (with a probability of ${chance < 0.01 ? 'less than 1%' : percentDone(chance)}).`;

function moreSentence(
  { statement }: Judged,
  { spread, units }: Tested,
  more: number | null,
  circumstances: Circumstances,
): string {
  const apart = statement.halves === 'near and distant';
  const unit = apart ? 'random split' : circumstances.unit;
  if (more === null && apart)
    return 'Seeds of one chosen split can’t show it: at least 1 more random split is needed to measure how much splits differ.';
  if (more === null)
    return units > 1
      ? `At least 1 more ${unit} in each of the two studies is needed to measure how much they differ.`
      : `At least 2 more ${unit}s are needed to measure how much they differ.`;
  if (apart && more === Infinity)
    return 'No number of further random splits would settle an effect of this size, because there is only one split that was chosen.';
  const each = spread!.sizes.length > 1 && !apart ? ' in each of the two studies' : '';
  const size = `would settle an effect of this size (with a probability of ${chosenPercent(POWER)})`;
  if (more > MOST_SEEDS) return `More than ${count(MOST_SEEDS)} more ${unit}s${each} ${size}.`;
  const rough =
    units < 4
      ? `; this number is rough, as ${units} ${apart ? 'splits' : unit === 'split' ? 'splits' : 'seeds'} hardly show how much they differ`
      : '';
  return `About ${counted(more, `more ${unit}`)}${each} ${size}${rough}.`;
}

function obstacleSentence(
  { statement, target, obstacle, zone }: Judged,
  { near, notLearnt, cuts }: Circumstances,
): string {
  const minuend = curveName({ kind: statement.minuend, target });
  const subtrahend = curveName({ kind: statement.subtrahend, target });
  switch (obstacle) {
    case 'guessing':
      return notLearnt!;
    case 'zone':
      return 'This network is too shallow: it has no layers between its first and its last ones.';
    case 'other halves':
      return `The test needs a second study of the same images and the same network, with ${minuend}${statement.subtrahend === 'base' ? '' : ` and ${subtrahend}`}, whose halves are ${near ? 'chosen by meaning (--split groups:… or a list); the halves of this study are random, so they are near each other' : 'random; the halves of this study were chosen'}.`;
    default:
      return `No pair of ${minuend} and ${subtrahend} is trained at ${layerList(zone, cuts)}: choose these treatments and layers, or wait for them.`;
  }
}

/** What an answer is called. With one replicate the question is open: nothing was tested, however many runs there are. */
export const verdictWords = ({ verdict, effect }: Pick<Answer, 'verdict' | 'effect'>): string =>
  verdict === 'not enough runs' && effect?.how === 'held-out images' ? 'Open' : VERDICT_WORDS[verdict];

/** `−7.1 points, n = 3 to 5 (−9.0 to −5.2)`: the effect of an answer, for a table; a dash without one. */
export function effectCell({ effect, layers }: Pick<Answer, 'effect' | 'layers'>): string {
  if (!effect) return '–';
  return `${signed(effect.points)} points, ${layerList(layers, [])} (${signedRange(effect.interval)})`;
}

/**
 * What holds for all answers of a study, in the place of a caution at each.
 *
 * @param looks numbers of replicates at which its results were looked at
 */
export function cautionOf(answers: readonly Answer[], looks?: readonly number[]): string {
  const tested = answers.filter(({ effect }) => effect && effect.how !== 'held-out images');
  if (tested.length === 0)
    return answers.some(({ effect }) => effect)
      ? 'One replicate tests nothing: the ranges are of the held-out images alone, and other seeds and splits may differ by more. What is open stays open until there are at least two more replicates.'
      : 'Nothing could be tested yet; each row says why.';
  const looked =
    looks && looks.length > 1
      ? ` Results were looked at ${looks.length} times, after ${looks.join(', ')} replicates; the chance of a false answer is kept over all of these.`
      : '';
  const open = answers.some((answer) => answer.effect && !tested.includes(answer))
    ? ' What is open was not tested: one replicate shows only how held-out images differ, not how seeds and splits do.'
    : '';
  const unsettled = tested.filter(({ verdict }) => verdict === 'not enough runs');
  const ended =
    unsettled.length > 0 && unsettled.every(({ givenUp }) => givenUp)
      ? ' The study ended because all that is open was given up; each row says why.'
      : '';
  const seeds = tested.some(({ effect }) => effect!.how === 'seeds of one split') ? ` ${ONE_SPLIT}` : '';
  return `The statements were tested together: the chance that any answer here is false is at most ${chosenPercent(LEVEL)}. “Not enough runs” speaks neither for a statement nor against it.${open}${looked}${ended}${seeds}`;
}

/**
 * How the statements were tested, for the small print.
 *
 * @param drawn whether there are replicates with some n only, which were drawn
 */
export function methodSentences(drawn: boolean): string[] {
  const some = `Replicates that were added later have ${DRAWN} n of a statement that is about more, drawn by chance. What these are above or below the average of all n is taken from their mean, by least squares over replicates and n.`;
  return [
    `A statement is tested on the mean over its layers, by Student's t over replicates of paired differences. Its effect is established if it is shown to be larger than zero, and excluded if it is shown to be smaller than ${MARGIN.toFixed(1)} point of top-1, the smallest effect that counts. If neither is shown, there are not enough runs.`,
    ...(drawn ? [some] : []),
    `p-values are two-sided and corrected by Holm's method for all statements that were tested, each question at ${chosenPercent(LEVEL / 2)}, so that the chance of any false answer is at most ${chosenPercent(LEVEL)}. Single layers are corrected among themselves in the same way. Intervals are not corrected.`,
    `The number of further seeds assumes the strictest of Holm's levels, and the effect and spread that were observed.`,
  ];
}

/**
 * `n = 4`, `n = 1 and 2`, `n = 3 to 5`, `n = 1, 3 and 7`; with names where these say more: `n = 4 (layer1.2)`,
 * `n = 3 to 5 (layer1.1 to layer2.0)`.
 */
export function layerList(layers: readonly number[], cuts: readonly Cut[]): string {
  const [first, last] = [layers[0], layers.at(-1)!];
  const gapless = layers.every((n, index) => index === 0 || n === layers[index - 1] + 1);
  if (layers.length > 2 && gapless)
    return `n = ${first} to ${last}${areNamed(cuts) ? ` (${nameAt(cuts, first)} to ${nameAt(cuts, last)})` : ''}`;
  const named = layers.map((n) => withName(cuts, n));
  if (layers.length < 2) return `n = ${named.join('')}`;
  return `n = ${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}

/** `p = 0.012` */
export const pWords = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`);
const upper = (text: string): string => text[0].toUpperCase() + text.slice(1);
