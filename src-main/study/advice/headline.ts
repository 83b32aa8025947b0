import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { areNamed, nameAt, type Cut } from '../../common/cuts.ts';
import { counted } from '../../common/numbers.ts';
import type { Headline } from '../../common/results/headline.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { comesFromElsewhere, type Protocol } from '../plan/protocol.ts';
import { countOf, type Pooling, type RunResult } from '../results/curves.ts';
import { CONFIDENCE, holm } from '../results/statistics.ts';
import { notLearnt } from '../results/not-learnt.ts';
import { degreesOfFreedom, type Estimate, estimate, type Spread, standardError } from '../statements/estimate.ts';
import { measure, type Runs, runsOf } from '../statements/evidence.ts';
import { MARGIN } from '../statements/judge.ts';
import { shares } from '../statements/looks.ts';
import { halfWidth, pValue, TOLERANCE } from './compare.ts';
import { plusMinus, unseen } from './wording.ts';

/** The level of the corrected tests by which a loss is told from chance. */
const LEVEL = 0.05;

export interface HeadlinedStudy {
  readonly protocol: Pick<Protocol, 'split' | 'replicates' | 'looks' | 'pretrained' | 'sourceSet'>;
  readonly results: readonly RunResult[];
  readonly pooling: Pooling;
  readonly targets: readonly Half[];
  /** Accuracy of always naming the largest class, by half. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly cuts: readonly Cut[];
}

/**
 * The answer to the paper's question in one sentence, for each half that was trained on: up to where features transfer, from where
 * on freezing them costs, and whether fine-tuning gives that back; or why nothing can be told. None where features come from
 * elsewhere, of which the advice speaks, and without a frozen transfer.
 */
export function headlinesOf(study: HeadlinedStudy): Headline[] {
  if (comesFromElsewhere(study.protocol)) return [];
  return study.targets.flatMap((target) => headlineFor(target, study) ?? []);
}

/** A treatment less the base at one n. */
interface Against extends Estimate {
  readonly n: number;
  /** Whether it is told from chance, corrected for all that are asked of this half. */
  readonly told: boolean;
}

interface Told {
  readonly cuts: readonly Cut[];
  /** Frozen transfers less the base, rising n; at least one. */
  readonly frozen: readonly Against[];
  readonly tuned: readonly Against[];
  /** Held-out images of a replicate, and replicates. */
  readonly images: number;
  readonly replicates: number;
}

function headlineFor(target: Half, { protocol, results, pooling, chance, cuts }: HeadlinedStudy): Headline | undefined {
  const own = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  const runs = runsOf(own, protocol);
  const share = protocol.looks ? shares(protocol.looks).at(-1)! : 1;
  const [frozen, tuned] = tested([againstBase(runs, 'transfer'), againstBase(runs, 'transfer+')], share);
  if (frozen.length === 0) return undefined;
  const why = notLearnt({ protocol, results, chance });
  if (why) return { target, state: 'guessing', sentence: `Nothing can be told yet. ${why}` };
  const ofHalf = own.filter((run) => run.kind === 'base' && run.target === target);
  const replicates = new Set(own.map(({ replicate }) => replicate)).size;
  const images = Math.round(countOf(ofHalf).total / Math.max(1, ofHalf.length));
  return { target, ...wordsOf({ cuts, frozen, tuned, images, replicates }) };
}

/** A treatment less the base at each n that has a pair. */
function againstBase(runs: Runs, kind: RunResult['kind']): (Estimate & { readonly n: number })[] {
  const units = measure(runs, kind, 'base');
  const layers = [...new Set(units.flatMap((unit) => [...unit.keys()]))].sort((a, b) => a - b);
  return layers.map((n) => ({ n, ...estimate(units.flatMap((unit) => unit.get(n) ?? [])) }));
}

/** All that are asked of a half are one family of tests (Holm). */
function tested(families: readonly (readonly (Estimate & { readonly n: number })[])[], share: number): Against[][] {
  const p = holm(families.flat().map(pValue));
  let next = 0;
  return families.map((family) => family.map((one) => ({ ...one, told: p[next++] < LEVEL * share })));
}

function wordsOf(told: Told): Pick<Headline, 'state' | 'sentence'> {
  const { frozen, replicates } = told;
  const costs = frozen.filter((one) => one.told && one.points < 0);
  const sure = replicates === 1 ? ' Other seeds and splits may differ.' : '';
  const here = replicates === 1 ? 'In this one replicate,' : 'On these images';
  if (costs.length > 0) {
    const kept = keptWords(told, costs[0].n);
    return {
      state: 'told',
      sentence: `${here} ${[...kept, costWords(told, costs), ...tunedWords(told, costs)].join('; ')}.${sure}`,
    };
  }
  const most = Math.max(...frozen.map(lossAtMost));
  if (most <= TOLERANCE)
    return {
      state: 'told',
      sentence: `${here} ${layersUpTo(frozen.at(-1)!.n, told.cuts)} ${frozen.at(-1)!.n === 1 ? 'transfers' : 'transfer'} ${lossWords(most)}: none of them is specific to the classes that it was trained on, as far as can be seen.${sure}`,
    };
  const why = tooLittle(told);
  const gain = gainWords(told);
  return {
    state: 'too little data',
    sentence: gain ? `${here} ${gain}; of what freezing costs ${why[0].toLowerCase()}${why.slice(1)}` : why,
  };
}

/** The transfer that is furthest above training from scratch; undefined where none is told from chance. */
function gainWords({ frozen, tuned, cuts }: Told): string | undefined {
  const gains = [
    ...tuned.map((one) => ({ ...one, how: 'fine-tuned' })),
    ...frozen.map((one) => ({ ...one, how: 'frozen' })),
  ].filter((one) => one.told && one.points > 0);
  if (gains.length === 0) return undefined;
  const { n, how, points } = gains.reduce((most, one) => (one.points > most.points ? one : most));
  const beat = n === 1 && !areNamed(cuts) ? 'beats' : 'beat';
  return `${layersUpTo(n, cuts)}, ${how}, ${beat} training from scratch by about ${inPoints(points)}`;
}

/** What is below the first n that costs. */
function keptWords({ frozen, cuts }: Told, first: number): string[] {
  const below = frozen.filter(({ n }) => n < first);
  if (below.length === 0) return [];
  const { n } = below.at(-1)!;
  const most = Math.max(...below.map(lossAtMost));
  const transfers = n === 1 ? 'transfers' : 'transfer';
  return [
    most <= TOLERANCE
      ? `${layersUpTo(n, cuts)} ${transfers} ${lossWords(most)}`
      : `no loss of ${layersUpTo(n, cuts)} is told from chance, but one of up to ${most.toFixed(0)} points isn’t ruled out`,
  ];
}

/** `from layer 5 on frozen layers cost 3 to 8 points` */
function costWords({ frozen, cuts }: Told, costs: readonly Against[]): string {
  const [first] = costs;
  const onwards = frozen.filter(({ n }) => n >= first.n);
  const losses = costs.map(({ points }) => Math.max(1, Math.round(-points)));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const points = low === high ? `about ${inPoints(low)}` : `${low} to ${high} points`;
  if (onwards.length === costs.length && costs.length > 1)
    return `from ${layer(first.n, cuts)} on frozen layers cost ${points}`;
  const where = new Intl.ListFormat('en-GB').format(costs.map(({ n }) => layer(n, cuts)));
  return `freezing up to ${where} costs ${points}`;
}

/** Whether fine-tuning gives back what freezing costs. */
function tunedWords({ tuned }: Told, costs: readonly Against[]): string[] {
  const there = tuned.filter(({ n }) => costs.some((cost) => cost.n === n));
  if (there.length === 0) return [];
  const worse = there.filter((one) => one.told && one.points < 0);
  const better = there.filter((one) => one.told && one.points > 0);
  if (worse.length > 0) return [`fine-tuning leaves up to ${Math.max(...worse.map(lossOf)).toFixed(1)} points of that`];
  if (better.length > 0)
    return [
      `fine-tuning gives back more (up to ${Math.max(...better.map(({ points }) => points)).toFixed(1)} points above the base)`,
    ];
  if (there.every((one) => lossAtMost(one) <= TOLERANCE)) return ['fine-tuning gives them back'];
  return ['whether fine-tuning gives them back can’t be told yet'];
}

/**
 * Why nothing can be told, and what would help: differences half as large as those that can be seen now take four times the images of
 * one replicate, or by Student's t so many more replicates.
 */
function tooLittle({ frozen, images, replicates }: Told): string {
  const widths = frozen.toSorted((a, b) => halfWidth(a) - halfWidth(b));
  const middle = widths[Math.floor(widths.length / 2)];
  const seen = halfWidth(middle);
  return `Nothing can be told yet: ${unseen(seen, images, replicates)}. ${help(plusMinus(seen / 2), middle, images, replicates)}`;
}

function help(half: string, { spread, units }: Against, images: number, replicates: number): string {
  if (replicates === 1)
    return `2 more replicates would show how much seeds and splits matter, and ${counted(4 * images, 'held-out image')} differences of ${half}.`;
  if (replicates === 2 || !spread) return '1 more replicate would show how much seeds and splits matter.';
  const more = Math.ceil((replicates / units) * moreForHalf(spread));
  return `${counted(more, 'more replicate')} would show differences of ${half}.`;
}

/** How many more values make an interval half as wide, at least 1. */
function moreForHalf(spread: Spread): number {
  const width = (more: number) =>
    studentQuantile((1 + CONFIDENCE) / 2, degreesOfFreedom(spread, more)) * standardError(spread, more);
  let more = 1;
  while (width(more) > width(0) / 2) more += 1;
  return more;
}

/** `1 point`, `7 points`: of what isn't zero, at least one. */
const inPoints = (points: number): string => counted(Math.max(1, Math.round(points)), 'point');
const lossOf = ({ points }: Against): number => Math.max(0, -points);
/** The largest loss that the interval doesn't rule out, in points. */
const lossAtMost = ({ interval }: Against): number => Math.max(0, -interval.low);

const lossWords = (most: number): string =>
  most <= MARGIN ? 'without loss' : `with a loss of less than ${most.toFixed(1)} points, if any`;

/** `layer 1`, `layers 1 to 3`, `layers up to layer1.2` */
function layersUpTo(n: number, cuts: readonly Cut[]): string {
  if (areNamed(cuts)) return `layers up to ${nameAt(cuts, n)}`;
  return n === 1 ? 'layer 1' : `layers 1 to ${n}`;
}
const layer = (n: number, cuts: readonly Cut[]): string => (areNamed(cuts) ? nameAt(cuts, n)! : `layer ${n}`);
