import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TREATMENT_KINDS } from '../../../src-main/common/treatments/treatments.ts';
import { networkSchema } from '../../../src-main/network/spec.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { planStudy } from '../../../src-main/study/plan/plan.ts';
import { protocolSchema, type Protocol } from '../../../src-main/study/plan/protocol.ts';
import { studyAnswers } from '../../../src-main/study/statements/answer.ts';
import { type Focus, focusOn } from '../../../src-main/study/statements/focus.ts';
import { judge } from '../../../src-main/study/statements/judge.ts';
import { chanceToSettle } from '../../../src-main/study/statements/power.ts';
import { STATEMENTS } from '../../../src-main/study/statements/statements.ts';
import { cautionOf } from '../../../src-main/study/statements/wording.ts';
import { untilClearClaims, compared } from '../../../tools/simulate/until-clear.ts';
import { isKept } from '../../../tools/simulate/claims.ts';
import { tinyNetwork } from '../tiny-study.ts';
import { type Effect, madeUpEvidence, madeUpRuns } from './made-up-evidence.ts';

const open = (...ids: string[]) => STATEMENTS.filter(({ id }) => ids.includes(id));
const seed = (one: number) => ({ splitSeed: one, trainingSeed: one });
const ALL = { depth: 8, layers: [1, 2, 3, 4, 5, 6, 7] };

describe('what a further replicate has', () => {
  it('are the treatments that open statements compare, each at the n of its statements', () => {
    expect(focusOn(open('specific-towards-the-top', 'first-layers-general'), ALL, [], seed(2))).toEqual({
      only: [
        { kind: 'transfer', layers: [1, 2, 6, 7] },
        { kind: 'selffer', layers: [6, 7] },
      ],
    });
    expect(focusOn([], ALL, [], seed(2))).toEqual({ only: [] });
  });

  it('are three n, drawn and noted, of a statement that is about more; both statements about them have the same', () => {
    const both = open('transfer-boosts', 'not-longer-training');
    const { only, drawn } = focusOn(both, ALL, [], seed(2));
    const [{ of, layers }] = drawn!;
    expect(of).toEqual(ALL.layers);
    expect(layers).toHaveLength(3);
    expect(only).toEqual([
      { kind: 'transfer+', layers },
      { kind: 'selffer+', layers },
    ]);
    expect(focusOn(both, ALL, [], seed(2)).drawn).toEqual(drawn);
    // Of a study of few n, or of one, none is left out.
    expect(focusOn(both, { depth: 8, layers: [4] }, [], seed(2))).toEqual({
      only: [
        { kind: 'transfer+', layers: [4] },
        { kind: 'selffer+', layers: [4] },
      ],
    });
  });

  it('has each n about as often as any other over the replicates, in no order that one could foresee', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 4, max: 15 }), (first, depth) => {
        const layers = Array.from({ length: depth }, (_, place) => place + 1);
        const replicates: Protocol['replicates'] = [seed(first)];
        for (let more = 1; more <= 7; more++)
          replicates.push({
            ...seed(first + more),
            ...focusOn(open('transfer-boosts'), { depth: depth + 1, layers }, replicates, seed(first + more)),
          });
        const times = layers.map((n) => replicates.filter(({ drawn }) => drawn?.[0].layers.includes(n)).length);
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
    const draws = [1, 2, 3, 4, 5, 6].map(
      (one) => focusOn(open('transfer-boosts'), ALL, [], seed(one)).drawn![0].layers,
    );
    expect(new Set(draws.map((layers) => layers.join())).size).toBeGreaterThan(3);
  });

  it('is planned with the bases that it comes from, and with no others', () => {
    const classes = ['a', 'b', 'c', 'd'];
    const set = { id: '0123456789abcdef', name: 'made up', size: 8, classes, groups: {}, trainCounts: [9, 9, 9, 9] };
    const named = (only: Focus['only']) =>
      planStudy(
        {
          ...{ name: 'test', data: { id: set.id, name: set.name }, network: networkSchema.parse(tinyNetwork) },
          ...{ split: { kind: 'random' }, layers: [1, 2], treatments: [...TREATMENT_KINDS], engine: 'onnx' },
          ...{ bothDirections: false, replicates: [{ splitSeed: 1, trainingSeed: 1, only }] },
        },
        set,
      ).runs.map(({ name }) => name);
    expect(named([{ kind: 'selffer', layers: [2] }])).toEqual(['baseB', 'B2B']);
    expect(named([{ kind: 'transfer+', layers: [1, 2] }])).toEqual(['baseA', 'baseB', 'A1B+', 'A2B+']);
    expect(named([])).toEqual(['baseB']);
  });

  it('is in the protocol, of which those of before are read as they are', () => {
    const replicates = protocolSchema.shape.replicates;
    const before = [seed(1), { ...seed(2), only: [{ kind: 'transfer', layers: [1] }] }];
    expect(replicates.parse(before)).toEqual(before);
    const now = [seed(1), { ...seed(2), ...focusOn(open('transfer-boosts'), ALL, [], seed(2)) }];
    expect(replicates.parse(now)).toEqual(now);
  });
});

/** Values of the boost that differ from replicate to replicate and, by far more, from n to n. */
const steep: Effect = (kind, n, replicate) =>
  kind === 'transfer+' ? 2 + 4 * (n - 4) + [-0.4, 0.3, 0.2, -0.3, 0.5, -0.3][replicate] : 0;

describe('means over n of which replicates have some only', () => {
  const about = (effect: Effect, drawn: boolean) =>
    judge([madeUpEvidence({ ...madeUpRuns(6, effect), drawn })]).find(
      ({ statement }) => statement.id === 'transfer-boosts',
    )!;
  /** All of the first replicate, and three n of each other one, of which the low ones are drawn more often. */
  const some = [
    [1, 2, 3],
    [1, 3, 4],
    [2, 4, 6],
    [1, 2, 5],
    [3, 5, 7],
  ];
  const gaps: Effect = (kind, n, replicate) =>
    replicate > 0 && kind === 'transfer+' && !some[replicate - 1].includes(n) ? NaN : steep(kind, n, replicate);

  it('are those of all n, as if each replicate had them', () => {
    const [all, few] = [about(steep, false), about(gaps, true)];
    expect(few.layers).toEqual(all.layers);
    expect(few.effect!.points).toBeCloseTo(all.effect!.points, 6);
    expect(few.effect!.interval.low).toBeCloseTo(all.effect!.interval.low, 6);
    expect(few.effect!.units).toBe(6);
    // Where nothing was drawn, the largest part without gaps is what there is.
    expect(about(gaps, false).layers.length).toBeLessThan(7);
  });

  it('change nothing where no n is missing', () => {
    expect(about(steep, true).effect).toEqual(about(steep, false).effect);
  });

  it('need n that some replicate connects', () => {
    const apart: Effect = (kind, n, replicate) =>
      kind === 'transfer+' && n <= 3 !== replicate < 3 ? NaN : steep(kind, n, replicate);
    expect(about(apart, true).layers).toEqual([4, 5, 6, 7]);
  });
});

describe('a statement that more replicates would hardly settle', () => {
  const spread = { deviation: 1, sizes: [6] };
  const questions = { larger: { limit: 0, level: 0.005 }, smaller: { limit: 1, level: 0.005 } };

  it('is told by the chance that means around this one are shown to be large or small enough', () => {
    const stream = new RandomStream('chance');
    const [have, more, seen] = [6, 6, 0.9];
    let settled = 0;
    const times = 4000;
    for (let time = 0; time < times; time++) {
      // A deviation that is known as well as six values tell it, then a mean, then further values.
      const squares = Array.from({ length: have - 1 }, () => stream.gaussian() ** 2).reduce((sum, one) => sum + one, 0);
      const deviation = Math.sqrt((have - 1) / squares);
      const truth = seen + (deviation * stream.gaussian()) / Math.sqrt(have);
      const added = truth + (deviation * stream.gaussian()) / Math.sqrt(more);
      const mean = (have * seen + more * added) / (have + more);
      // t(0.995, 11) = 3.10581
      const needed = 3.10581 / Math.sqrt(have + more);
      settled += Number(mean > needed || mean < 1 - needed);
    }
    expect(chanceToSettle(seen, spread, more, questions)).toBeCloseTo(settled / times, 1);
    expect(chanceToSettle(20, spread, 1, questions)).toBeGreaterThan(0.99);
    expect(chanceToSettle(0.5, { deviation: 3, sizes: [6] }, 2, questions)).toBeLessThan(0.05);
  });

  const effect: Effect = (kind, _, replicate) => (kind === 'transfer+' ? 0.5 + 4 * (-1) ** replicate : 0);
  const study = (at: readonly number[], most: number) =>
    studyAnswers({
      protocol: {
        ...{ name: 'test', data: { id: 'a', name: 'test' }, layers: ALL.layers, engine: 'onnx' as const },
        network: networkSchema.parse({
          ...tinyNetwork,
          layers: [
            ...Array.from({ length: 7 }, (_, n) => ({ type: 'conv', name: `conv${n}`, filters: 2, kernel: 3, pad: 1 })),
            { type: 'dense', name: 'fc' },
          ],
        }),
        ...{ split: { kind: 'random' }, treatments: [...TREATMENT_KINDS], bothDirections: false },
        replicates: Array.from({ length: at.at(-1)! }, (_, replicate) => seed(replicate + 1)),
        looks: { at: [...at], most },
      },
      results: madeUpRuns(at.at(-1)!, effect).results,
      pooling: { directions: 'apart' },
      targets: ['B'],
      chance: { A: 0.1, B: 0.1 },
      companion: null,
    });
  const boost = (at: readonly number[], most: number) => study(at, most).find(({ id }) => id === 'transfer-boosts')!;

  it('is given up from five replicates on, and stays so once there are as many as there may be', () => {
    expect(boost([1, 2, 3, 4], 8).givenUp).toBeNull();
    const { givenUp, text, verdict } = boost([1, 2, 3, 4, 5, 6], 8);
    expect(verdict).toBe('not enough runs');
    expect(givenUp).toMatchObject({ replicates: 5, more: 3 });
    expect(givenUp!.chance).toBeLessThan(0.2);
    expect(text).toMatch(
      /It was given up after 5 replicates: 3 more, the most that were planned, would hardly settle it \(with a probability of (less than )?\d+%\)\./,
    );
    expect(boost([1, 2, 3, 4, 5, 6, 7, 8], 8).givenUp).toEqual(givenUp);
    // One that has all its replicates at the first look can't be given up.
    expect(boost([8], 8).givenUp).toBeNull();
  });

  it('ends the study where nothing else is open, which its page says', () => {
    const answers = study([1, 2, 3, 4, 5, 6], 8);
    const ended = 'The study ended because all that is open was given up';
    const given = answers.map((one) =>
      one.verdict === 'not enough runs' ? { ...one, givenUp: boost([5], 8).givenUp } : one,
    );
    expect(cautionOf(given, [1, 2])).toContain(ended);
    expect(
      cautionOf(
        given.map((one) => ({ ...one, givenUp: null })),
        [1, 2],
      ),
    ).not.toContain(ended);
  });
});

describe('studies that go on until they are clear', () => {
  it('have about as many answers as nine whole replicates, with half of the networks', () => {
    const { fixed, untilClear } = compared(40, 5000);
    expect(untilClear.networks.mean).toBeLessThan(0.54 * fixed.networks.mean);
    expect(untilClear.answers).toBeGreaterThan(fixed.answers - 0.3);
  });

  it('are wrong no more often than they say, however the n differ', () => {
    for (const claim of untilClearClaims(60)) expect(claim).toSatisfy(isKept);
  });
});
