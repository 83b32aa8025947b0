import type { GivenUp, Verdict } from '../../common/results/statements.ts';
import { type Complete, completePart, estimate, type Estimate, pValueAbove } from './estimate.ts';
import { average, type Evidence, measure, splitsApart, type Unit } from './evidence.ts';
import type { IntervalSource } from '../../common/results/intervals.ts';
import { holm } from '../results/statistics.ts';
import { type Evened, evened } from './missing-layers.ts';
import { layersOf, type Statement, STATEMENTS } from './statements.ts';

/**
 * The smallest effect that counts, in points of top-1. It is below the smallest that the paper names, a boost of 1.6
 * points (Table 1), and above what the paper calls chance (0.3 at n = 1).
 */
export const MARGIN = 1;
/** The significance level of adjusted p-values. */
export const LEVEL = 0.05;

/** Why there was nothing to test. `zone`: the network has no such layers; `other halves`: a second study is needed. */
type Obstacle = 'guessing' | 'zone' | 'other halves' | 'runs';

/** Two questions about an effect, each two-sided, corrected by Holm among all that were asked. */
interface Test {
  /** Is it larger than zero? */
  readonly shown: number;
  /** Is it smaller than MARGIN? */
  readonly excluded: number;
}

export interface Tested extends Estimate {
  /** Null for a single value, which can't be tested. */
  readonly test: Test | null;
}

/** One n, or the mean over several. */
export interface LayerTested extends Tested {
  readonly n: number;
  /** Whether the statement is about this n: only then is it tested. */
  readonly inZone: boolean;
}

export interface Judged {
  readonly statement: Statement;
  readonly target: Evidence['target'];
  readonly verdict: Verdict;
  readonly obstacle: Obstacle | null;
  /** The n that the statement is about, and those that it was tested on, whose mean is the effect. */
  readonly zone: readonly number[];
  readonly layers: readonly number[];
  readonly effect: Tested | null;
  readonly byLayer: readonly LayerTested[];
  /** Whether a look has given it up (focus.ts). */
  readonly givenUp?: GivenUp;
}

type Untested = Omit<Judged, 'verdict' | 'effect' | 'byLayer'> & {
  readonly effect: Estimate | null;
  readonly byLayer: readonly (Estimate & { n: number; inZone: boolean })[];
};

/**
 * Tests every statement on the evidence (one for each half that is trained on). The effect of a statement is the mean
 * over its layers; the means are one family of tests, the single layers of all statements another. Each question has
 * a family-wise error of half the level, so that both together have at most the level.
 *
 * @param share of the level that these tests may spend, where results are looked at more than once (looks.ts): p-values are
 * divided by it
 */
export function judge(evidence: readonly Evidence[], share = 1): Judged[] {
  const untested = evidence.flatMap((about) =>
    (about.statements ?? STATEMENTS).map((statement) => compare(statement, about)),
  );
  const effects = family(
    untested.map(({ statement, effect }) => ({ statement, estimate: effect })),
    share,
  );
  const layers = family(
    untested.flatMap(({ statement, byLayer }) =>
      byLayer.map((estimate) => ({ statement, estimate: estimate.inZone ? estimate : null })),
    ),
    share,
  );
  let next = 0;
  return untested.map((one, index) => {
    const effect = one.effect && { ...one.effect, test: effects[index] };
    const byLayer = one.byLayer.map((layer) => ({ ...layer, test: layers[next++] }));
    return { ...one, effect, byLayer, verdict: verdictOn(one.statement, effect) };
  });
}

/** Whether a test shows an effect, and whether it excludes one of MARGIN or more. Both may hold for a small effect. */
export const isShown = ({ test }: Tested): boolean => test !== null && test.shown < LEVEL;
export const isExcluded = ({ test }: Tested): boolean => test !== null && test.excluded < LEVEL;

function verdictOn({ claims }: Statement, effect: Tested | null): Verdict {
  if (!effect) return 'not tested';
  if (isExcluded(effect)) return claims === 'effect' ? 'not supported' : 'supported';
  if (isShown(effect)) return claims === 'effect' ? 'supported' : 'not supported';
  return 'not enough runs';
}

/** Adjusts the p-values of all estimates that have any, separately for each question. */
function family(
  members: readonly { statement: Statement; estimate: Estimate | null }[],
  share: number,
): (Test | null)[] {
  const raw = members.map(({ statement: { direction }, estimate }) =>
    estimate?.spread
      ? {
          shown: 2 * pValueAbove(0, direction, estimate.points, estimate.spread),
          excluded: 2 * (1 - pValueAbove(MARGIN, direction, estimate.points, estimate.spread)),
        }
      : null,
  );
  const tested = raw.filter((test) => test !== null);
  const spend = (p: number) => (share > 0 ? Math.min(1, p / share) : 1);
  const shown = holm(tested.map((test) => test.shown)).map(spend);
  const excluded = holm(tested.map((test) => test.excluded)).map(spend);
  let next = 0;
  return raw.map((test) => test && { shown: shown[next], excluded: excluded[next++] });
}

/**
 * What several looks come to: an answer that a look has given stays, with the test that gave it, while effects are those of all
 * replicates.
 *
 * @param looks the verdicts of each, the last with all replicates
 */
export function answersOfLooks(looks: readonly (readonly Judged[])[]): Judged[] {
  return looks.at(-1)!.map((last, place) => {
    const first = looks.find((judged) => isSettled(judged[place]))?.[place];
    const test = first?.effect?.test;
    if (!first || !last.effect || !test) return last;
    return { ...last, verdict: first.verdict, effect: { ...last.effect, test } };
  });
}

/** Whether a statement has an answer. */
export const isSettled = ({ verdict }: Pick<Judged, 'verdict'>): boolean =>
  verdict === 'supported' || verdict === 'not supported';

function compare(statement: Statement, evidence: Evidence): Untested {
  const { target, depth, learnt } = evidence;
  const zone = layersOf(statement.zone, depth);
  const nothing = { statement, target, zone, layers: [], effect: null, byLayer: [] };
  if (!learnt) return { ...nothing, obstacle: 'guessing' };
  if (zone.length === 0) return { ...nothing, obstacle: 'zone' };
  if (lacksHalves(statement, evidence)) return { ...nothing, obstacle: 'other halves' };
  const { sides, drawn, ...units } = sidesOf(statement, evidence);
  const byLayer = layersOf('all', depth).flatMap((n) => {
    const complete = completePart(sides, [n]);
    return complete ? [{ n, inZone: zone.includes(n), ...estimateOf(meansOver(complete), units) }] : [];
  });
  const part = (drawn ? evened(sides, zone) : undefined) ?? completeMeans(sides, zone);
  if (!part) return { ...nothing, byLayer, obstacle: 'runs' };
  return { ...nothing, obstacle: null, layers: part.layers, effect: estimateOf(part, units), byLayer };
}

/** The means of the units that have all of the layers. */
function completeMeans(sides: readonly (readonly Unit[])[], zone: readonly number[]): Evened | undefined {
  const complete = completePart(sides, zone);
  return complete && meansOver(complete);
}

function lacksHalves({ halves }: Statement, { near, distant }: Evidence): boolean {
  if (halves === 'own') return false;
  return distant.results.length === 0 || (halves === 'near and distant' && near.results.length === 0);
}

interface Units {
  /** What an interval over the units covers. */
  readonly over: IntervalSource;
  /** Whether the second sample is one chosen split. */
  readonly chosen?: boolean;
}

/** One sample of paired differences, or two to be compared; `drawn`: units may have some of the layers only. */
function sidesOf(
  { halves, minuend, subtrahend }: Statement,
  { own, near, distant }: Evidence,
): Units & { sides: Unit[][]; drawn?: boolean } {
  if (halves === 'near and distant') {
    const drawn = near.drawn || distant.drawn;
    return { sides: splitsApart(near, distant, minuend, subtrahend), drawn, over: 'splits', chosen: true };
  }
  const runs = halves === 'own' ? own : distant;
  const { drawn } = runs;
  const over = runs.unit === 'split' ? 'splits' : 'seeds of one split';
  const paired = measure(runs, minuend, subtrahend);
  // As in the paper, whose random layers have a base of their own, each is compared with its own base.
  if (paired.length === 0 && halves === 'distant')
    return { sides: [measure(runs, minuend, 'base'), measure(runs, subtrahend, 'base')], drawn, over };
  return { sides: [paired], drawn, over };
}

const meansOver = ({ layers, sides }: Complete): Evened => ({
  layers,
  sides: sides.map((ofSide) => ofSide.map((unit) => average(layers.map((n) => unit.get(n)!)))),
});

const estimateOf = ({ sides: [first, second] }: Evened, units: Units): Estimate => estimate(first, second, units);
