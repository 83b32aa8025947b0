import { hasNetwork, type Protocol } from '../../src-main/study/plan/protocol.ts';
import type { RandomStream } from '../../src-main/random.ts';
import type { RunResult } from '../../src-main/study/results/curves.ts';
import { focusOn, givenUpAt } from '../../src-main/study/statements/focus.ts';
import { isSettled, judge, type Judged, LEVEL, MARGIN } from '../../src-main/study/statements/judge.ts';
import { shares } from '../../src-main/study/statements/looks.ts';
import { STATEMENTS, type Statement } from '../../src-main/study/statements/statements.ts';
import type { Claim } from './claims.ts';
import { asInThePaper } from './layouts.ts';
import {
  claimsEffect,
  claimsNone,
  evidenceOf,
  KINDS,
  LAYERS,
  type Mean,
  protocolOf,
  rate,
  simulate,
} from './studies.ts';

/** What studies cost that go on until they are clear, and find, beside studies of a fixed number of replicates. */

/** The most replicates that a study goes on to. */
const MOST = 13;
/** Replicates of the preset Standard. */
const FIXED = 9;
/** Statements about one study. */
const OWN: readonly Statement[] = STATEMENTS.filter(({ halves }) => halves === 'own');
/** Layers with weights of the simulated networks. */
const DEPTH = LAYERS.length + 1;

/** How a study went. */
interface Ended {
  /** Those that have an answer, as they were judged when they had it. */
  readonly answers: readonly Judged[];
  readonly givenUp: number;
  /** Networks trained. */
  readonly networks: number;
}

/** Networks of some results. BaseA is trained as well, where anything is transferred, and has no part in the simulation. */
function networksOf(results: readonly RunResult[]): number {
  const transferred = results.filter(({ kind }) => kind.startsWith('transfer'));
  return results.length + new Set(transferred.map(({ replicate }) => replicate)).size;
}

const judgedOwn = (runs: Parameters<typeof evidenceOf>[0], share?: number) =>
  judge([evidenceOf(runs, { statements: OWN })], share);

/** A study of nine replicates, looked at once. */
function fixed(stream: RandomStream, mean: Mean, images: number): Ended {
  const { runs } = simulate(stream, { splits: FIXED, seeds: 1 }, KINDS, LAYERS, mean, { images });
  return { answers: judgedOwn(runs).filter(isSettled), givenUp: 0, networks: networksOf(runs.results) };
}

/** A study that begins with one whole replicate and goes on as the program does (app/extend-study.ts). */
function untilClear(stream: RandomStream, mean: Mean, images: number): Ended {
  const { runs } = simulate(stream, { splits: MOST, seeds: 1 }, KINDS, LAYERS, mean, { images });
  const { replicates: seeds } = protocolOf({ splits: MOST, seeds: 1 });
  const replicates: Protocol['replicates'] = [];
  const answers = new Map<Statement, Judged>();
  const givenUp = new Set<Statement>();
  const results: RunResult[] = [];
  for (const next of seeds) {
    const open = OWN.filter((statement) => !answers.has(statement) && !givenUp.has(statement));
    if (open.length === 0) break;
    const focus = replicates.length > 0 ? focusOn(open, { depth: DEPTH, layers: LAYERS }, replicates, next) : undefined;
    const added = runs.results.filter(
      ({ replicate, kind, n }) => replicate === replicates.length && hasNetwork(focus?.only, kind, n),
    );
    results.push(...added);
    replicates.push({ ...next, ...focus });
    const looks = { at: replicates.map((_, place) => place + 1), most: MOST };
    const judged = judgedOwn({ ...runs, results, drawn: true }, shares(looks).at(-1));
    const hopeless = givenUpAt(judged, looks, 1);
    for (const [place, one] of judged.entries()) {
      if (isSettled(one) && !answers.has(one.statement)) answers.set(one.statement, one);
      if (hopeless[place]) givenUp.add(one.statement);
    }
  }
  return {
    answers: [...answers.values()],
    givenUp: [...givenUp].filter((statement) => !answers.has(statement)).length,
    networks: networksOf(results),
  };
}

/** What many studies come to. */
export interface Outcome {
  /** Shares of studies that have an answer, in the order of the statements. */
  readonly answered: readonly number[];
  /** Answers of a study, on average. */
  readonly answers: number;
  readonly givenUp: number;
  /** Networks of a study, on average, and what 5% and 95% of the studies need at most. */
  readonly networks: { readonly mean: number; readonly low: number; readonly high: number };
}

function outcomeOf(studies: number, images: number, go: typeof fixed): Outcome {
  const ended: Ended[] = [];
  rate(studies, `until clear ${images}`, (stream) => {
    ended.push(go(stream, asInThePaper, images));
    return false;
  });
  const average = (of: (one: Ended) => number) => ended.reduce((sum, one) => sum + of(one), 0) / studies;
  const counts = ended.map(({ networks }) => networks).sort((a, b) => a - b);
  const quantile = (share: number) => counts[Math.min(studies - 1, Math.floor(share * studies))];
  return {
    answered: OWN.map((statement) =>
      average(({ answers }) => Number(answers.some((answer) => answer.statement === statement))),
    ),
    answers: average(({ answers }) => answers.length),
    givenUp: average(({ givenUp }) => givenUp),
    networks: { mean: average(({ networks }) => networks), low: quantile(0.05), high: quantile(0.95) },
  };
}

/** Nine whole replicates, and a study that goes on until it is clear, where effects are as large as the paper's. */
export const compared = (studies: number, images: number): { fixed: Outcome; untilClear: Outcome } => ({
  fixed: outcomeOf(studies, images, fixed),
  untilClear: outcomeOf(studies, images, untilClear),
});

/** Points that the layers differ by while their mean is as it is said: the drawn ones alone have another. */
const TILT = 3;
const tilted =
  (mean: Mean): Mean =>
  (kind, n) =>
    mean(kind, n) + (kind.endsWith('+') ? TILT * (kind === 'transfer+' ? n - DEPTH / 2 : DEPTH / 2 - n) : 0);

/** All differences are exactly on the margin, in the direction of their statement. */
const onMargin: Mean = (kind, n) => {
  if (kind === 'selffer') return -MARGIN;
  if (kind === 'transfer') return (n >= 6 ? -2 : -1) * MARGIN;
  return kind === 'transfer+' ? MARGIN : 0;
};

/** Verdicts of studies that go on until they are clear, wrong in any way. */
export function untilClearClaims(studies: number): Claim[] {
  const claimed = (claim: string, truth: string, mean: Mean, isWrong: (one: Judged) => boolean): Claim => ({
    ...{ claim, truth, promised: [0, LEVEL / 2], studies },
    rate: rate(studies, `until clear ${claim} ${truth}`, (stream) =>
      untilClear(stream, mean, 4000).answers.some(isWrong),
    ),
  });
  const none = 'any verdict of an effect';
  const worth = 'any verdict of no effect';
  return [
    claimed(none, 'until clear: there is none', () => 0, claimsEffect),
    claimed(worth, 'until clear: all are just worth the name', onMargin, claimsNone),
    claimed(
      none,
      'until clear: none on average over n',
      tilted(() => 0),
      claimsEffect,
    ),
    claimed(worth, 'until clear: just worth the name on average over n', tilted(onMargin), claimsNone),
  ];
}

if (import.meta.main) {
  const studies = Number(process.argv[2] ?? 2000);
  console.log(
    `| held-out images | layout | ${OWN.map(({ title }) => title).join(' | ')} | answers | given up | networks, mean (5 to 95%) |`,
  );
  console.log(`| --- | --- | ${OWN.map(() => '---').join(' | ')} | --- | --- | --- |`);
  for (const images of [2000, 5000])
    for (const [layout, { answered, answers, givenUp, networks }] of Object.entries(compared(studies, images))) {
      const cells = answered.map((share) => (100 * share).toFixed(0));
      console.log(
        `| ${[images, layout, ...cells, answers.toFixed(2), givenUp.toFixed(2)].join(' | ')} | ${networks.mean.toFixed(0)} (${networks.low} to ${networks.high}) |`,
      );
    }
  console.log(`\n| claim | simulated truth | promised % | found % of ${studies} |\n| --- | --- | --- | --- |`);
  for (const { claim, truth, promised, rate: found } of untilClearClaims(studies))
    console.log(`| ${claim} | ${truth} | at most ${(100 * promised[1]).toFixed(1)} | ${(100 * found).toFixed(1)} |`);
}
