import { describe, expect, it } from 'vitest';
import { LAYER_MEASURES, type LayerMeasure } from '../../../src-main/predictors/predictors.ts';
import { agreements } from '../../../src-main/study/prediction/agreement.ts';
import { findingsOf } from '../../../src-main/study/prediction/findings.ts';
import { agreementTables, valuesTable } from '../../../src-main/study/prediction/prediction-view.ts';
import type { MeasuredPrediction } from '../../../src-main/study/prediction/transfer-prediction.ts';
import type { Transfer } from '../../../src-main/study/prediction/transfers.ts';

const LAYERS = [1, 2, 3, 4, 5, 6, 7];
/** AnB falls, but for a rise at n = 5. */
const ACCURACY = [0.6, 0.59, 0.55, 0.5, 0.52, 0.4, 0.35];

/** CKA is in the order of AnB, the probe in the opposite one, LogME in none; N-LEEP is the same everywhere, SVCCA missing. */
function transfer(replicate: number, better = 0, missing: readonly number[] = []): Transfer {
  const layers: MeasuredPrediction['layers'] = LAYERS.map((n, place) => ({
    n,
    features: 512,
    values: {
      ...(Object.fromEntries(LAYER_MEASURES.map((id) => [id, null])) as Record<LayerMeasure, null>),
      ...{ cka: ACCURACY[place] ** 2, linearProbe: 1 - ACCURACY[place], logMe: [3, 6, 1, 5, 2, 7, 4][place] },
      ...{ nLeep: -1, hScore: n, nearestClassMean: n },
    },
  }));
  const images = { train: 2000, heldOut: 500 };
  return {
    ...{ replicate, target: 'B', source: 'a', own: 'b' },
    state: { state: 'measured', prediction: { state: 'measured', version: 2, images, leep: -3 + better, layers } },
    measured: LAYERS.map((n, place) => ({
      n,
      transfer: missing.includes(n) ? null : ACCURACY[place] + better,
      'transfer+': null,
    })),
  };
}
const of = (transfers: readonly Transfer[], predictor: string) =>
  agreements(transfers).find((one) => one.predictor === predictor)!;

describe('predictors against what was measured', () => {
  it('one replicate: what is in the order of AnB tells, the opposite misleads, the rest is chance or not defined', () => {
    const one = [transfer(0)];
    expect(of(one, 'cka')).toMatchObject({
      kind: 'transfer',
      rho: 1,
      tau: 1,
      verdict: 'tells',
      interval: null,
      across: null,
    });
    expect(of(one, 'linearProbe')).toMatchObject({ rho: -1, verdict: 'misleads' });
    expect(of(one, 'logMe')).toMatchObject({ verdict: 'undecided' });
    for (const predictor of ['nLeep', 'svcca', 'leep'])
      expect(of(one, predictor)).toMatchObject({ rho: null, p: null, verdict: 'undefined' });
    // AnB+ was not measured.
    expect(agreements(one).every(({ kind }) => kind === 'transfer')).toBe(true);
  });

  it('the p-values of the cheap ones are Holm’s: the smallest counts as often as there are tests', () => {
    // CKA, probe, LogME, H-score, mean: five tests, the first with p = 2 of 5040.
    expect(of([transfer(0)], 'cka').p).toBeLessThan(5 * 0.002);
    expect(of([transfer(0)], 'cka').p).toBeGreaterThanOrEqual((5 * 1) / 5001);
  });

  it('three replicates: ρ has an interval, and LEEP can be held against the replicates', () => {
    const three = [transfer(0), transfer(1, 0.05), transfer(2, 0.1)];
    expect(of(three, 'cka')).toMatchObject({ rho: 1, interval: { low: 1, high: 1 } });
    expect(of(three, 'leep')).toMatchObject({ rho: null, across: expect.closeTo(1, 10), verdict: 'undecided' });
    expect(of(three, 'depth').across).toBeNull();
    // Better replicates of the same measures blur the order of all points together.
    expect(of(three, 'cka').pooled).toBeLessThan(1);
  });

  it('n without a result are left out, and with fewer than three nothing is defined', () => {
    expect(of([transfer(0, 0, [4])], 'depth').rho).toBe(1);
    expect(of([transfer(0)], 'depth').rho).toBeCloseTo(1 - (6 * 2) / (7 * 48), 10);
    const two = [transfer(0, 0, [1, 2, 3, 4, 5])];
    expect(of(two, 'cka')).toMatchObject({ rho: null, verdict: 'undefined' });
    expect(findingsOf(agreements(two))).toEqual([
      'AnB: the layers can’t be ranked, which takes at least three n with a result.',
    ]);
    expect(agreements([transfer(0, 0, LAYERS)])).toEqual([]);
  });
});

it('the finding names who told, who misled, and what depth alone is worth', () => {
  expect(findingsOf(agreements([transfer(0)]))).toEqual([
    'For AnB, CKA with own base (ρ = 1.00) would have told you how accuracy goes with n. Linear probe (ρ = −1.00), Nearest class mean (−0.96), H-score (−0.96) would have told you the opposite. Saying “the deeper, the worse” without looking at anything has ρ = 0.96.',
  ]);
});

it('the tables have a row for every predictor, and a gap where there is no number', () => {
  const values = valuesTable([transfer(0, 0, [2]), transfer(1, 0.1, [2])], []);
  expect(values.head).toEqual(['Predictor', 'What it is', ...LAYERS.map((n) => `n = ${n}`)]);
  expect(values.rows[0]).toEqual([
    'AnB, measured',
    'top-1 on held-out images',
    '0.650',
    '–',
    '0.600',
    '0.550',
    '0.570',
    '0.450',
    '0.400',
  ]);
  expect(values.rows.map(([name]) => name)).not.toContain('SVCCA with own base');
  const [table, ...more] = agreementTables(agreements([transfer(0)]));
  expect(more).toEqual([]);
  expect(table.title).toBe('Which cheap number would have told you AnB?');
  expect(table.rows).toHaveLength(9);
  for (const row of table.rows) expect(row).toHaveLength(table.head.length);
  expect(table.rows.find(([name]) => name === 'SVCCA with own base')!.slice(1)).toEqual([
    ...['not defined', '–', '–', '–', '–', '–'],
  ]);
  expect(agreementTables([])).toEqual([]);
});
