import type { Advice, AdvisedChoice } from '../../common/results/advice.ts';
import type { Cut } from '../../common/cuts.ts';
import type { Headline } from '../../common/results/headline.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Protocol } from '../plan/protocol.ts';
import { isAboveChance } from '../results/chance.ts';
import type { Pooling } from '../results/curves.ts';
import { wentWrong } from '../results/not-learnt.ts';
import { type Choice, choicesOf, type TimedResult } from './choices.ts';
import { compareWithBest, type Compared, halfWidth, isOpen, isTolerable, TOLERANCE } from './compare.ts';
import { adviceWords } from './wording.ts';

/** Times of trainings differ by so much without a reason. */
const SAME_TIME = 1.1;

export interface AdvisedStudy {
  readonly protocol: Pick<Protocol, 'split' | 'replicates'>;
  readonly results: readonly TimedResult[];
  readonly pooling: Pooling;
  readonly targets: readonly Half[];
  /** Accuracy of always naming the largest class, by half. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly cuts: readonly Cut[];
  /** The sentences that stand above the advice; absent: it stands alone. */
  readonly headlines?: readonly Headline[];
}

/**
 * What to do with the source network, for each target of a study. Every choice is compared with the most accurate, paired by
 * replicate, with Holm's correction. Of those that are not told apart from it and whose loss is certainly below TOLERANCE, the
 * cheapest is advised. Nothing for a target without a transfer.
 */
export function adviceOf(study: AdvisedStudy): Advice[] {
  return study.targets.flatMap((target) => {
    const choices = choicesOf(study.results, target, study.pooling);
    return choices.some(({ kind }) => kind !== 'base') ? [adviceFor(target, choices, study)] : [];
  });
}

function adviceFor(target: Half, choices: readonly Choice[], study: AdvisedStudy): Advice {
  const { protocol, chance, cuts, headlines = [] } = study;
  const compared = compareWithBest(choices, protocol);
  const [best, ...others] = compared;
  const open = others.filter(isOpen);
  const finest = Math.min(...open.map(({ against }) => (against ? halfWidth(against) : Infinity)));
  const state = !isAboveChance(best.choice.results, chance)
    ? 'guessing'
    : open.length > 0 && finest > TOLERANCE
      ? 'too little data'
      : 'advised';
  const advised = state === 'advised' ? cheapest([best, ...open.filter(isTolerable)]) : best;
  const explained = headlines.some((headline) => headline.target === target && headline.state === 'too little data');
  const known = headlines.some((headline) => headline.target === target && headline.state === 'guessing');
  const caution = state === 'guessing' || known ? undefined : wentWrong(study);
  const told = { state, advised, compared, cuts, chance: chance[target], explained } as const;
  const { sentence, reasons } = adviceWords(told);
  return {
    ...{ target, state, choice: advised.choice.name },
    sentence,
    reasons: caution ? [caution, ...reasons] : reasons,
    moreImages: null,
    choices: compared.map((one) => shown(one, compared)),
  };
}

/** Of those that cost no more than the cheapest, give or take, the most accurate. */
function cheapest(eligible: readonly Compared[]): Compared {
  const least = Math.min(...eligible.map(({ choice }) => choice.seconds));
  return eligible.find(({ choice }) => choice.seconds <= SAME_TIME * least)!;
}

function shown(one: Compared, all: readonly Compared[]): AdvisedChoice {
  const { choice, against } = one;
  const { kind, n, name, accuracy, balanced, interval, seconds } = choice;
  const [best] = all;
  return {
    ...{ kind, n, name, accuracy, balanced, interval, seconds },
    below: 100 * (best.choice.accuracy - accuracy),
    worse: against !== undefined && !isOpen(one),
    front: all.every(
      ({ choice: other }) =>
        other.accuracy < accuracy ||
        other.seconds > seconds ||
        (other.accuracy === accuracy && other.seconds === seconds),
    ),
  };
}
