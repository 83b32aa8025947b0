import { nameAt, type Cut } from '../../common/cuts.ts';
import { count, counted, duration, inPercent, percent, percentRange, signedRange } from '../../common/numbers.ts';
import type { Advice } from '../../common/results/advice.ts';
import type { Interval } from '../../common/results/intervals.ts';
import { partsOf } from '../../common/treatments/treatments.ts';
import { type Choice, FEW_UNITS } from './choices.ts';
import { type Compared, halfWidth, isOpen, TOLERANCE } from './compare.ts';

interface Told {
  readonly state: Advice['state'];
  /** The one that is advised, or the best. */
  readonly advised: Compared;
  /** All, the best first. */
  readonly compared: readonly Compared[];
  readonly cuts: readonly Cut[];
  readonly chance: number;
  /** Whether the headline above it says what can't be seen and what would help: one page has one figure for that. */
  readonly explained: boolean;
}

/** The sentence of an advice, and what stands behind it. */
export function adviceWords(told: Told): Pick<Advice, 'sentence' | 'reasons'> {
  switch (told.state) {
    case 'guessing':
      return guessing(told);
    case 'too little data':
      return tooLittle(told);
    case 'advised':
      return advice(told);
  }
}

function guessing({ advised: { choice }, chance }: Told): Pick<Advice, 'sentence' | 'reasons'> {
  return {
    sentence: `No advice yet: even the best network, ${choice.name} with ${measured(choice)}, can’t be told from always naming the largest class (${percent(chance)}). Train longer or on more images.`,
    reasons: [],
  };
}

function tooLittle({ compared, cuts, explained }: Told): Pick<Advice, 'sentence' | 'reasons'> {
  const [{ choice: best }, ...others] = compared;
  const open = others.filter(isOpen);
  const widths = open.flatMap(({ against }) => (against ? [halfWidth(against)] : []));
  const finest = Math.min(...widths);
  const soFar = `So far ${doing(best, cuts)} (${best.name}) is ahead with ${measured(best)}, and ${listed(open)} ${open.length === 1 ? 'is' : 'are'} not told apart from it; ${cheapestOf(best, open)}.`;
  const sentence = explained
    ? `Too little data for advice. ${soFar}`
    : `Too little data for advice: ${unseenBy(finest, best)}. ${soFar} ${help(finest, best)}`;
  return { sentence, reasons: [] };
}

/** Of those that are not told apart: `the cheapest of these is A2B, at a fifth of the time`. */
function cheapestOf(best: Choice, open: readonly Compared[]): string {
  const cheapest = open.reduce((one, { choice }) => (choice.seconds < one.seconds ? choice : one), best);
  if (cheapest === best) return `${best.name} is also the cheapest of these`;
  return [`the cheapest of these is ${cheapest.name}`, timeWords(cheapest.seconds, best.seconds)]
    .filter((part) => part !== '')
    .join(', ');
}

/**
 * `differences below ±15 points can’t be seen with 72 held-out images and one replicate`
 *
 * @param images held-out images of a replicate
 */
export const unseen = (points: number, images: number, replicates: number): string =>
  `differences below ${plusMinus(points)} can’t be seen with ${counted(images, 'held-out image')} and ${replicates === 1 ? 'one replicate' : counted(replicates, 'replicate')}`;

/** `±4.5 points`, `±15 points` */
export const plusMinus = (points: number): string => `±${points.toFixed(points < 10 ? 1 : 0)} points`;

const unseenBy = (points: number, { results, replicates }: Choice): string =>
  unseen(points, Math.round(heldOut(results) / replicates), replicates);

const heldOut = (results: Choice['results']): number => results.reduce((sum, { total }) => sum + total, 0);

/** Intervals narrow with the square root of what is measured. */
function help(points: number, { results, replicates, units }: Choice): string {
  const times = (points / TOLERANCE) ** 2;
  const images = Math.ceil((times * heldOut(results)) / replicates);
  const seen = `would show ±${TOLERANCE} points`;
  if (!Number.isFinite(times)) return 'More replicates would help, so that all choices have some in common.';
  if (units < FEW_UNITS)
    return `About ${count(images)} held-out images ${seen}; 3 replicates or more would show how much seeds and splits matter.`;
  return `About ${count(Math.max(replicates + 1, Math.ceil(times * replicates)))} replicates ${seen}.`;
}

function advice({ advised, compared, cuts, chance, explained }: Told): Pick<Advice, 'sentence' | 'reasons'> {
  const { choice } = advised;
  const [best] = compared;
  const scratch = compared.find(({ choice: { kind } }) => kind === 'base');
  const other = otherOf(advised, compared);
  const beside = other ? `, ${comparison(advised, other, cuts)}` : '';
  const base = scratch && scratch !== advised && scratch !== other ? `; from scratch ${measured(scratch.choice)}` : '';
  const open = compared.filter((one) => one !== best && isOpen(one));
  const { units } = choice;
  const widths = compared.flatMap(({ against }) => (against ? [halfWidth(against)] : [])).sort((a, b) => a - b);
  const cheaper = open.filter(({ choice: { seconds } }) => seconds < 0.9 * choice.seconds);
  return {
    sentence: `${doing(choice, cuts, true)} (${choice.name}): ${measured(choice)} of held-out images${beside}${base}.`,
    reasons: [
      open.length > 0
        ? `${upper(listed(open))} ${open.length === 1 ? 'is' : 'are'} not told apart from the most accurate, ${best.choice.name}; of those that certainly lose less than ${TOLERANCE} points, the cheapest is advised.`
        : `${best.choice.name} is more accurate than all other choices (tested together, Holm).`,
      ...(cheaper.length > 0
        ? [
            `${upper(listed(cheaper))} would be cheaper and may be as good, but a loss of ${TOLERANCE} points is not ruled out.`,
          ]
        : []),
      ...(widths.length > 0 && !explained
        ? [`${upper(unseenBy(widths[Math.floor(widths.length / 2)], choice))}.`]
        : []),
      `Guessing the largest class gets ${percent(chance)}. A training took ${duration(choice.seconds)} on the machine that it ran on, without that of the source.`,
      ...(compared.length > 2
        ? [
            `The choice was made on the same held-out images, out of ${compared.length}, so new images may come out a little worse.`,
          ]
        : []),
      ...(choice.balanced === null
        ? []
        : [
            `Classes are of unequal size: balanced accuracy, in which each counts alike, is ${percent(choice.balanced)}.`,
          ]),
      ...(units < FEW_UNITS ? [byImages(units)] : []),
    ],
  };
}

/** What the advised choice is compared with: the best; for the best fine-tuning of everything, or the next. */
function otherOf(advised: Compared, [best, ...others]: readonly Compared[]): Compared | undefined {
  if (advised !== best) return best;
  const tuned = others.filter(({ choice: { kind } }) => kind === 'transfer+');
  return tuned.sort((a, b) => b.choice.n - a.choice.n)[0] ?? others[0];
}

/** `0.8 points below fine-tuning everything (not told apart), at a fifth of the time` */
function comparison(advised: Compared, other: Compared, cuts: readonly Cut[]): string {
  const points = 100 * (advised.choice.accuracy - other.choice.accuracy);
  const { against } = advised.against ? advised : other;
  const apart = isOpen(advised.against ? advised : other);
  const size = Math.abs(points).toFixed(1);
  const place = size === '0.0' ? 'the same as' : `${size} points ${points < 0 ? 'below' : 'above'}`;
  const range = against && ` ${signedRange(advised.against ? against.interval : turned(against.interval))}`;
  const certainty = apart ? 'not told apart' : `95% interval${range}`;
  const time = timeWords(advised.choice.seconds, other.choice.seconds);
  return `${place} ${doing(other.choice, cuts)} (${certainty})${time ? `, ${time}` : ''}`;
}

const turned = ({ low, high }: Interval): Interval => ({ low: -high, high: -low });

const PARTS = ['half', 'a third', 'a quarter', 'a fifth', 'a sixth', 'a seventh', 'an eighth', 'a ninth', 'a tenth'];

/** `at a fifth of the time`; empty where the times are alike or unknown. */
export function timeWords(seconds: number, other: number): string {
  if (other <= 0) return '';
  const ratio = seconds / other;
  if (seconds === 0) return 'without any training';
  if (ratio > 0.9 && ratio < 1.1) return 'in about the same time';
  if (ratio >= 1.1) return `at ${ratio < 10 ? ratio.toFixed(1) : count(ratio)} times the time`;
  const part = Math.round(1 / ratio);
  if (part > 10) return `at ${inPercent(ratio, ratio < 0.01 ? 1 : 0)}% of the time`;
  return part >= 2 && Math.abs(1 / ratio - part) < 0.2
    ? `at ${PARTS[part - 2]} of the time`
    : `at ${inPercent(ratio, 0)}% of the time`;
}

/** `91.2 ± 3.1%`; where that would leave 0 to 100%, the interval itself: `98.5% (94.0–99.8%)`. */
function measured({ accuracy, interval }: Pick<Choice, 'accuracy' | 'interval'>): string {
  const half = (interval.high - interval.low) / 2;
  return accuracy + half > 1 || accuracy - half < 0
    ? `${percent(accuracy)} (${percentRange(interval)}%)`
    : `${inPercent(accuracy)} ± ${inPercent(half)}%`;
}

/** `A3B, A4B and A5B+`; of many the first, which are the most accurate. */
function listed(all: readonly Compared[]): string {
  const names = all.map(({ choice }) => choice.name);
  const named = names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} others`] : names;
  return new Intl.ListFormat('en-GB').format(named);
}

/** `Keep layers up to layer3 frozen and train the rest`, or as a noun `keeping layers up to layer3 frozen`. */
function doing({ kind, n }: Pick<Choice, 'kind' | 'n'>, cuts: readonly Cut[], imperative = false): string {
  const say = (order: string, noun: string) => (imperative ? order : noun);
  if (kind === 'base') return say('Train from scratch', 'training from scratch');
  const name = nameAt(cuts, n);
  const last = cuts.at(-1)?.n;
  const { definition, learning, sign, value } = partsOf(kind);
  // Where all layers are taken, the file's own head is, too.
  if (last !== undefined && n > last) return say('Use the network as it comes', 'using the network as it comes');
  const one = n === 1 && name === undefined;
  const layers = name !== undefined ? `layers up to ${name}` : one ? 'layer 1' : `layers 1 to ${n}`;
  if (sign === '' && learning.frozen)
    return n === last
      ? say('Keep everything but the last layer frozen', 'keeping everything but the last layer frozen')
      : say(`Keep ${layers} frozen and train the rest`, `keeping ${layers} frozen`);
  if (sign === '+')
    return n === last
      ? say('Fine-tune everything', 'fine-tuning everything')
      : say(`Start with ${layers}, the rest new, and train all of it`, `starting with ${layers} and training all`);
  const becomes = `${layers}, which ${definition.words.becomes(value, one)}`;
  return say(`Take over ${becomes}, and train the rest`, `taking over ${becomes}`);
}

/** What few replicates can't tell. */
const byImages = (units: number): string =>
  units === 1
    ? 'With one replicate, choices are compared image by image: the tests know how held-out images differ, but not how seeds and splits do.'
    : 'With two replicates, choices are compared by their held-out images: the tests do not know how seeds and splits differ. One more replicate tells.';

const upper = (text: string): string => text[0].toUpperCase() + text.slice(1);
