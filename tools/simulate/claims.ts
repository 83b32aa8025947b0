import { RandomStream } from '../../src-main/random.ts';
import { isAboveChance } from '../../src-main/study/results/chance.ts';
import { accuracyCurves, type RunResult } from '../../src-main/study/results/curves.ts';
import { differences } from '../../src-main/study/results/effects.ts';
import { imageDifference } from '../../src-main/study/results/paired.ts';
import { shares } from '../../src-main/study/statements/looks.ts';
import { isSettled, judge, LEVEL, MARGIN, type Judged } from '../../src-main/study/statements/judge.ts';
import { powerOf } from '../../src-main/study/statements/power.ts';
import { SHARED } from '../../src-main/study/statements/resolution.ts';
import { variantEffects, isDifferent, isNegligible } from '../../src-main/study/statements/variants.ts';
import {
  claimsEffect,
  claimsNone,
  evidenceOf,
  IMAGES,
  type Kind,
  KINDS,
  LAYERS,
  type Layout,
  LEVEL_POINTS,
  type Mean,
  named,
  protocolOf,
  rate,
  simulate,
  type Simulated,
  SPREAD,
} from './studies.ts';

/** What the program claims, held against simulated studies of which the truth is known (`studies.ts`). */

/** A claim, the truth it was simulated under, and how often it came out so. */
export interface Claim {
  readonly claim: string;
  readonly truth: string;
  /** What the program promises: a share of studies between these. */
  readonly promised: readonly [least: number, most: number];
  readonly rate: number;
  readonly studies: number;
}

const COVERED = [0.93, 0.97] as const;

/** Intervals of an effect and of an accuracy, for a layout of replicates. */
export function intervalClaims(studies: number, layout: Layout): Claim[] {
  const { splits, seeds } = layout;
  const splitOf = (replicate: number) => Math.floor(replicate / seeds);
  const one = splits === 1;
  const truth = one ? `${named(layout)}: this split, other seeds` : `${named(layout)}: all splits and seeds`;
  const promised = one && seeds === 1 ? ([0.93, 1] as const) : COVERED;
  const covers = ({ low, high }: { low: number; high: number }, value: number) => low <= value && value <= high;
  const of = (claim: string, isCovered: (simulated: Simulated) => boolean): Claim => {
    const happens = (stream: RandomStream) => isCovered(simulate(stream, layout, ['base', 'transfer'], [3], () => -2));
    return { claim, truth, promised, rate: rate(studies, `${claim} ${named(layout)}`, happens), studies };
  };
  const difference = of('95% interval of an effect', ({ runs, inSplit }) => {
    const [{ interval }] = differences(runs.results, 'transfer', 'base', splitOf);
    return covers(interval, one ? inSplit('transfer', 3) - inSplit('base', 0) : -2);
  });
  const accuracy = of('95% interval of an accuracy', ({ runs, inSplit }) => {
    const curves = accuracyCurves(runs.results, { directions: 'pooled', splitOf });
    const [{ interval }] = curves.find(({ kind }) => kind === 'transfer')!.points;
    return covers(interval, (one ? inSplit('transfer', 3) : LEVEL_POINTS - 2) / 100);
  });
  return one && seeds === 1 ? [] : [difference, accuracy];
}

/** Two networks on the same held-out images, of these true accuracies; answers agree more often than by chance. */
function answering(stream: RandomStream, images: number, [first, second]: readonly [number, number], shared: number) {
  const [labels, one, other] = [0, 1, 2].map(() => new Uint16Array(images));
  for (let image = 0; image < images; image++) {
    const draw = stream.uniform();
    const own = stream.uniform() < shared ? draw : stream.uniform();
    one[image] = Number(draw >= first);
    other[image] = Number(own >= second);
  }
  const run = (kind: Kind, n: number, answers: Uint16Array): RunResult => {
    const correct = answers.reduce((sum, answer) => sum + Number(answer === 0), 0);
    const about = { name: '', kind, n, target: 'B', replicate: 0, loss: 1 } as const;
    return { ...about, correct, total: images, answers: { labels, answers } };
  };
  return [run('base', 0, other), run('transfer', 3, one)];
}

/** One replicate: the interval is of its held-out images, for these two networks. */
export function heldOutClaims(studies: number): Claim[] {
  const truth = '1 × 1: these networks, other images';
  const of = (
    images: number,
    accuracies: readonly [number, number],
    stored: boolean,
    promised: Claim['promised'],
  ): Claim => {
    const said = accuracies.map((one) => (100 * one).toFixed(0)).join(' and ');
    const claim = `${stored ? '95% interval, paired by image' : 'bound, answers not stored'}, ${said}% of ${images} images`;
    const covers = (stream: RandomStream) => {
      const runs = answering(stream, images, accuracies, SHARED);
      const results = stored ? runs : runs.map(({ answers: _, ...run }) => run);
      const [{ interval }] = differences(results, 'transfer', 'base');
      const points = 100 * (accuracies[0] - accuracies[1]);
      return interval.low <= points && points <= interval.high;
    };
    return { claim, truth, promised, rate: rate(studies, claim, covers), studies };
  };
  const differ = 'a difference by McNemar’s exact test';
  return [
    of(500, [0.55, 0.53], false, [0.95, 1]),
    of(500, [0.55, 0.53], true, COVERED),
    of(72, [0.8, 0.7], true, COVERED),
    // Where few images tell the two apart, steps between intervals are coarse, and they are wider than need be.
    of(200, [0.97, 0.96], true, [0.93, 1]),
    {
      ...{ claim: differ, truth: '1 × 1: the networks are as good', promised: [0, LEVEL], studies },
      rate: rate(
        studies,
        differ,
        (stream) => imageDifference([pairOf(answering(stream, 200, [0.8, 0.8], SHARED))]).p! < LEVEL,
      ),
    },
  ];
}

const pairOf = ([subtrahend, minuend]: readonly RunResult[]) => ({ minuend, subtrahend });

/** “It has learnt”, of networks that name classes of unequal size without looking at the images, and of one that looks. */
export function guessingClaims(studies: number): Claim[] {
  const sizes = [60, 25, 10, 5];
  const share = sizes[0] / 100;
  const labels = Uint16Array.from(sizes.flatMap((size, label) => Array<number>(size).fill(label)));
  const learnt = (answers: Uint16Array) => {
    const correct = answers.reduce((sum, answer, image) => sum + Number(answer === labels[image]), 0);
    const run = { name: '', kind: 'base', n: 0, target: 'B', replicate: 0, loss: 1 } as const;
    return isAboveChance([{ ...run, correct, total: labels.length, answers: { labels, answers } }], { A: 1, B: share });
  };
  const claim = '“better than guessing”, classes of unequal size';
  const as = (
    truth: string,
    promised: Claim['promised'],
    answer: (stream: RandomStream, label: number) => number,
  ): Claim => ({
    ...{ claim, truth, promised, studies },
    rate: rate(studies, truth, (stream) => learnt(labels.map((label) => answer(stream, label)))),
  });
  return [
    as('names the largest class', [0, LEVEL], () => 0),
    as('names classes as often as they are', [0, LEVEL], (stream) => labels[stream.integer(labels.length)]),
    as('names each class alike often', [0, LEVEL], (stream) => stream.integer(sizes.length)),
    as('is right in half of each class', [0.9, 1], (stream, label) =>
      stream.uniform() < 0.5 ? label : stream.integer(sizes.length),
    ),
  ];
}

/** Verdicts on statements about one study, wrong in any way. */
export function verdictClaims(studies: number, layout: Layout): Claim[] {
  const judged = (stream: RandomStream, mean: Mean) =>
    judge([evidenceOf(simulate(stream, layout, KINDS, LAYERS, mean).runs, {})]).filter(
      ({ statement }) => statement.halves === 'own',
    );
  const half = [0, LEVEL / 2] as const;
  // Differences of the treatments: all are exactly on the margin, in the direction of their statement.
  const margin: Mean = (kind, n) =>
    kind === 'selffer'
      ? -MARGIN
      : kind === 'transfer'
        ? (n >= 6 ? -2 : -1) * MARGIN
        : kind === 'transfer+'
          ? MARGIN
          : 0;
  return [
    {
      claim: 'any verdict of an effect',
      truth: `${named(layout)}: there is none`,
      promised: half,
      rate: rate(studies, `none ${named(layout)}`, (stream) => judged(stream, () => 0).some(claimsEffect)),
      studies,
    },
    {
      claim: 'any verdict of no effect',
      truth: `${named(layout)}: all are just worth the name`,
      promised: half,
      rate: rate(studies, `margin ${named(layout)}`, (stream) => judged(stream, margin).some(claimsNone)),
      studies,
    },
  ];
}

/** Replicates at the first look and at the last that there may be. */
const FIRST_LOOK = 3;
const MOST = 12;

/**
 * A study that goes on until it is clear: its results are looked at after each replicate, and it ends when every statement has an
 * answer. Without spending the level over the looks (`naive`), more are wrong than one in twenty.
 */
export function sequentialClaims(studies: number, { naive = false } = {}): Claim[] {
  const looks = Array.from({ length: MOST - FIRST_LOOK + 1 }, (_, look) => FIRST_LOOK + look);
  const kinds = ['base', 'selffer', 'transfer', 'transfer+', 'selffer+'] as const;
  const isFalse = (stream: RandomStream, mean: Mean, isWrong: (one: Judged) => boolean) => {
    const { runs } = simulate(stream, { splits: MOST, seeds: 1 }, kinds, LAYERS, mean);
    const spending = naive ? looks.map(() => 1) : shares({ at: looks, most: MOST });
    const settled = new Set<string>();
    let isWrongSoFar = false;
    for (const [look, replicates] of looks.entries()) {
      const results = runs.results.filter(({ replicate }) => replicate < replicates);
      const judged = judge([evidenceOf({ ...runs, results }, {})], spending[look]).filter(
        ({ statement }) => statement.halves === 'own',
      );
      for (const one of judged)
        if (isSettled(one) && !settled.has(one.statement.id)) {
          settled.add(one.statement.id);
          isWrongSoFar ||= isWrong(one);
        }
      if (settled.size === judged.length) break;
    }
    return isWrongSoFar;
  };
  const truth = `looked at ${looks.length} times, ${naive ? 'as if once' : 'level spent over the looks'}`;
  const margin: Mean = (kind, n) =>
    kind === 'selffer'
      ? -MARGIN
      : kind === 'transfer'
        ? (n >= 6 ? -2 : -1) * MARGIN
        : kind === 'transfer+'
          ? MARGIN
          : 0;
  const half = [0, LEVEL / 2] as const;
  return [
    {
      claim: 'any verdict of an effect',
      truth: `${truth}: there is none`,
      promised: half,
      rate: rate(studies, 'sequential none', (stream) => isFalse(stream, () => 0, claimsEffect)),
      studies,
    },
    {
      claim: 'any verdict of no effect',
      truth: `${truth}: all are just worth the name`,
      promised: half,
      rate: rate(studies, 'sequential margin', (stream) => isFalse(stream, margin, claimsNone)),
      studies,
    },
  ];
}

/** The distance of tasks: random halves against one chosen split with several seeds. */
export function distanceClaims(studies: number, near: Layout, seeds: number): Claim[] {
  const about = (stream: RandomStream, loss: number) => {
    const { runs: own } = simulate(stream, near, ['base', 'transfer'], LAYERS, () => -2);
    const chosen = simulate(stream, { splits: 1, seeds }, ['base', 'transfer'], LAYERS, () => -2 - loss, {
      chosen: true,
    });
    return judge([evidenceOf(own, { distant: chosen.runs })]).find(
      ({ statement }) => statement.id === 'distance-of-tasks',
    )!;
  };
  const truth = `${named(near)} random, 1 × ${seeds} chosen`;
  return [
    {
      claim: '“the further apart, the less transfers”',
      truth: `${truth}: no difference`,
      promised: [0, LEVEL / 2],
      rate: rate(studies, `${truth} none`, (stream) => claimsEffect(about(stream, 0))),
      studies,
    },
    {
      claim: 'its opposite',
      truth: `${truth}: one point`,
      promised: [0, LEVEL / 2],
      rate: rate(studies, `${truth} one`, (stream) => claimsNone(about(stream, MARGIN))),
      studies,
    },
  ];
}

/** Treatments that the paper does not have. */
export function variantClaims(studies: number, layout: Layout): Claim[] {
  const effects = (stream: RandomStream, difference: number) => {
    const mean: Mean = (kind) => (kind === 'transfer^' ? difference : 0);
    const { runs } = simulate(stream, layout, ['base', 'transfer+', 'transfer^'], LAYERS, mean);
    const { splits, seeds } = layout;
    const pooling = { directions: 'pooled', splitOf: (replicate: number) => Math.floor(replicate / seeds) } as const;
    const protocol = protocolOf({ splits, seeds });
    return variantEffects({ protocol, results: runs.results, pooling, targets: ['B'] });
  };
  return [
    {
      claim: 'a difference of another treatment',
      truth: `${named(layout)}: there is none`,
      promised: [0, LEVEL / 2],
      rate: rate(studies, `variant ${named(layout)}`, (stream) => effects(stream, 0).some(isDifferent)),
      studies,
    },
    {
      claim: 'no difference of another treatment',
      truth: `${named(layout)}: of one point`,
      promised: [0, LEVEL / 2],
      rate: rate(studies, `variant one ${named(layout)}`, (stream) => effects(stream, MARGIN).some(isNegligible)),
      studies,
    },
  ];
}

/** The power that is told: that of the test at its strictest level, if the deviation is known. */
export function powerClaims(studies: number, { splits, seeds }: Layout, effect: number): Claim {
  const layers = LAYERS.length;
  const image = 100 * Math.sqrt((0.25 * (1 - SHARED)) / IMAGES);
  const network = (SPREAD.seed ** 2 + image ** 2) / seeds;
  // The base is shared by all layers of a replicate.
  const deviation = Math.sqrt((SPREAD.split ** 2 + network) / layers + network);
  const said = powerOf(effect, { deviation, sizes: [splits] }, 0, LEVEL / 2);
  const found = rate(studies, `power ${splits} ${seeds} ${effect}`, (stream) => {
    const kinds = ['base', 'transfer+'] as const;
    const { runs } = simulate(stream, { splits, seeds }, kinds, LAYERS, () => effect);
    const judged = judge([evidenceOf(runs, {})]);
    return judged.some((one) => one.statement.id === 'transfer-boosts' && claimsEffect(one));
  });
  const slack = 0.03 + 3 * Math.sqrt(0.25 / studies);
  return {
    claim: `power for a boost of ${effect} points`,
    truth: `${splits} × ${seeds}: it is ${effect} points; said ${(100 * said).toFixed(0)}%`,
    promised: [Math.max(0, said - slack), Math.min(1, said + slack)],
    rate: found,
    studies,
  };
}

const LAYOUTS = [1, 2, 3, 5, 10].flatMap((splits) => [1, 2, 3, 5, 10].map((seeds) => ({ splits, seeds })));

/** Every claim in every layout, in parts that take minutes each with 2,000 studies. */
const PARTS = {
  intervals: (studies) => LAYOUTS.flatMap((layout) => intervalClaims(studies, layout)),
  'one replicate': (studies) => [...heldOutClaims(studies), ...guessingClaims(studies)],
  verdicts: (studies) =>
    [
      { splits: 2, seeds: 3 },
      { splits: 2, seeds: 5 },
      { splits: 3, seeds: 1 },
      { splits: 6, seeds: 1 },
      { splits: 10, seeds: 2 },
    ].flatMap((layout) => [...verdictClaims(studies, layout), ...variantClaims(studies, layout)]),
  looks: (studies) => sequentialClaims(studies),
  distance: (studies) => [
    ...distanceClaims(studies, { splits: 1, seeds: 5 }, 5),
    ...distanceClaims(studies, { splits: 3, seeds: 1 }, 3),
    ...distanceClaims(studies, { splits: 3, seeds: 5 }, 1),
    ...distanceClaims(studies, { splits: 4, seeds: 1 }, 1),
    ...distanceClaims(studies, { splits: 5, seeds: 2 }, 10),
  ],
  power: (studies) => [3, 6, 9].map((splits) => powerClaims(studies, { splits, seeds: 1 }, 1.5)),
} as const satisfies Record<string, (studies: number) => Claim[]>;

export const allClaims = (studies: number): Claim[] => Object.values(PARTS).flatMap((part) => part(studies));

/** Whether a rate is as promised, within three standard errors of so many studies. */
export function isKept({ promised: [least, most], rate: found, studies }: Claim): boolean {
  const slack = (share: number) => 3 * Math.sqrt((share * (1 - share)) / studies);
  return found >= least - slack(least) && found <= most + slack(most);
}

if (import.meta.main) {
  // How many studies, and which parts, absent: all.
  const [studies, ...parts] = [Number(process.argv[2] ?? 2000), ...process.argv.slice(3)];
  const isPart = (name: string): name is keyof typeof PARTS => name in PARTS;
  const claims = parts.length > 0 ? parts.filter(isPart).flatMap((name) => PARTS[name](studies)) : allClaims(studies);
  console.log(`| claim | simulated truth | promised % | found % of ${studies} |  |\n| --- | --- | --- | --- | --- |`);
  for (const one of claims) {
    const [least, most] = one.promised.map((share) => (100 * share).toFixed(1));
    const promised = Number(least) === 0 ? `at most ${most}` : `${least} to ${most}`;
    console.log(
      `| ${one.claim} | ${one.truth} | ${promised} | ${(100 * one.rate).toFixed(1)} | ${isKept(one) ? '' : 'NOT KEPT'} |`,
    );
  }
}
