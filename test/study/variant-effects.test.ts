import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunResult } from '../../src-main/study/results/curves.ts';
import { differences } from '../../src-main/study/results/effects.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { caveats } from '../../src-main/study/report/caveats.ts';
import { effectsTable } from '../../src-main/study/report/tables.ts';
import { dataTables } from '../../src-main/study/data-tables/all.ts';
import { csvOf } from '../../src-main/study/data-tables/formats.ts';
import { rowCount } from '../../src-main/study/data-tables/table.ts';
import { studentTail } from '../../src-main/study/results/statistics.ts';
import {
  referencesOf,
  treatmentName,
  type Half,
  type Treatment,
  type TreatmentKind,
} from '../../src-main/common/treatments/treatments.ts';
import {
  isDifferent,
  isNegligible,
  VARIANT_LEVEL,
  variantEffects,
  variantSentences,
} from '../../src-main/study/statements/variants.ts';
import { madeUpStudy } from './report-made-up.ts';

const run = (kind: Treatment['kind'], n: number, replicate: number, correct: number, target: Half = 'B'): RunResult => {
  return { name: treatmentName({ kind, n, target }), kind, n, target, replicate, correct, total: 1000, loss: 1 };
};
const effectsOf = (results: readonly RunResult[], seeds = 9) =>
  variantEffects({
    protocol: {
      split: { kind: 'random' },
      replicates: Array.from({ length: seeds }, (_, seed) => ({ splitSeed: seed, trainingSeed: seed })),
    },
    ...{ results, pooling: { directions: 'apart' }, targets: ['B'] },
  });

test('a treatment is held against what it varies, and one of the paper against nothing', () => {
  expect(
    (
      [
        ...(['transfer~stats', 'selffer~norms', 'transfer+^0.75'] as const),
        ...(['transfer~4', 'selffer~1', 'transfer+0.1', 'selffer+0.01', 'transfer^', 'selffer^'] as const),
      ] as const
    ).map((kind) => referencesOf(kind).map(({ against }) => against)),
  ).toEqual([
    ['transfer', 'transfer+'],
    ['selffer', 'selffer+'],
    ['transfer+'],
    ['transfer', 'transfer+'],
    ['selffer', 'selffer+'],
    ['transfer+'],
    ['selffer+'],
    ['transfer+'],
    ['selffer+'],
  ]);
  for (const kind of ['transfer', 'transfer+', 'selffer', 'selffer+', 'random'] as const)
    expect(referencesOf(kind)).toEqual([]);
});

/** Three replicates at n = 1 and 2, of AnB, AnB+ and what is given: so many points of top-1 above AnB. */
const study = (above: Readonly<Record<string, readonly number[]>>) =>
  [0, 1, 2].flatMap((replicate) =>
    [1, 2].flatMap((n) => [
      run('transfer', n, replicate, 500 + 30 * replicate),
      run('transfer+', n, replicate, 540 + 30 * replicate),
      ...Object.entries(above).map(([kind, points]) =>
        run(kind as TreatmentKind, n, replicate, 500 + 30 * replicate + 10 * points[replicate]),
      ),
    ]),
  );

test('points are those of any effect; the mean is over n, paired by replicate, with its interval', () => {
  const results = study({ 'transfer~4': [2, 3, 4], 'transfer^': [4, 4, 4] });
  const effects = effectsOf(results, 3);
  expect(effects.map(({ difference }) => difference)).toEqual(['AnB~4 − AnB', 'AnB~4 − AnB+', 'AnB^ − AnB+']);
  for (const { kind, against, points } of effects) expect(points).toEqual(differences(results, kind, against));
  const [overFrozen, overTuned, unfrozen] = effects;
  expect(overFrozen.mean.points).toBeCloseTo(3, 10);
  // t(0.975, 2) = 4.302653, s = 1.
  expect(overFrozen.mean.interval.high).toBeCloseTo(3 + 4.302653 / Math.sqrt(3), 5);
  expect(overTuned.mean.points).toBeCloseTo(-1, 10);
  expect(overFrozen.layers).toEqual([1, 2]);
  // Equal to the last image: known to one image of a thousand.
  expect(unfrozen.mean.points).toBeCloseTo(0, 10);
  expect(isNegligible(unfrozen)).toBe(true);
});

test('p-values are two-sided and corrected by Holm among all differences of the study', () => {
  const [overFrozen, overTuned] = effectsOf(study({ 'transfer~4': [2, 3, 4] }), 3);
  const raw = (points: number) => 2 * studentTail((Math.abs(points) * Math.sqrt(3)) / 1, 2);
  // The smaller of the two counts twice, the larger is at least as large.
  expect(overFrozen.test!.shown).toBeCloseTo(2 * raw(3), 8);
  expect(overTuned.test!.shown).toBeCloseTo(Math.max(2 * raw(3), raw(1)), 8);
  const alone = effectsOf(study({ 'transfer^': [2, 3, 4] }), 3);
  expect(alone[0].test!.shown).toBeCloseTo(raw(-1), 8);
});

test('of many studies without any difference, no more than the level find one', () => {
  // By the normal part alone: 200 studies of five replicates, three variants, all equal but for chance.
  let found = 0;
  const random = fc.sample(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 25, maxLength: 25 }), {
    numRuns: 200,
    seed: 5,
  });
  for (const noise of random) {
    const kinds = ['transfer', 'transfer+', 'transfer~2', 'transfer^', 'transfer+0.1'] as const;
    const results = [0, 1, 2, 3, 4].flatMap((replicate) =>
      kinds.map((kind, place) => run(kind, 1, replicate, 500 + noise[5 * replicate + place])),
    );
    if (effectsOf(results, 5).some(isDifferent)) found += 1;
  }
  // 200 x 2.5% = 5, and what chance adds to that.
  expect(found).toBeLessThan(13);
  expect(VARIANT_LEVEL).toBe(0.025);
});

test('says in words what is established, what is excluded, and what is open', () => {
  const sentences = (points: readonly number[]) =>
    variantSentences(effectsOf(study({ 'transfer^': points }), 3)[0], []);
  expect(sentences([14, 14, 14])).toMatch(
    /^AnB\^ − AnB\+ is \+10\.0 points averaged over n = 1 and 2 \(95% interval .*, 3 splits\)\. A difference is established \(p < 0\.001\)\.$/,
  );
  expect(sentences([4, 4, 4])).toMatch(/ A difference of 1\.0 point or more is excluded \(p = 0\.0\d+\)\.$/);
  expect(sentences([1, 4, 9])).toMatch(/ The data neither show a difference .*: not enough runs\.$/);
  const single = effectsOf([run('transfer+', 1, 0, 500), run('transfer^', 1, 0, 520)], 1)[0];
  expect(single.test).toBeNull();
  expect(variantSentences(single, [])).toContain('these networks on such images only');
});

test('a replicate or an n of which one side is missing takes no part', () => {
  const results = study({ 'transfer^': [4, 5, 6] }).filter(({ name, replicate }) => name !== 'A2B^' || replicate !== 1);
  const [effect] = effectsOf(results, 3);
  expect(effect.points.map(({ n, pairs }) => [n, pairs])).toEqual([
    [1, 3],
    [2, 2],
  ]);
  expect(effect.layers).toEqual([1]);
  expect(effectsOf([run('transfer^', 1, 0, 500)])).toEqual([]);
});

test('report and tables have them beside the effects of the paper', () => {
  const plain = madeUpStudy();
  expect(analyse(plain).variants).toEqual([]);
  expect(dataTables(plain, analyse(plain)).map(({ name }) => name)).not.toContain('variants');
  const variants = plain.runs
    .filter(({ kind }) => kind === 'selffer')
    .map((one) => ({ ...one, kind: 'selffer~8' as const, name: `${one.name}~8` }));
  const report = { ...plain, runs: [...plain.runs, ...variants] };
  const analysis = analyse(report);
  expect(analysis.variants.map(({ difference }) => difference)).toEqual(['BnB~8 − BnB', 'BnB~8 − BnB+']);
  // What is equal to its last image differs by nothing.
  expect(analysis.variants[0].mean.points).toBe(0);
  expect(effectsTable(analysis).head).toEqual(
    expect.arrayContaining(['adapters over frozen\nBnB~8 − BnB', 'adapters over fine-tuned\nBnB~8 − BnB+']),
  );
  const tables = dataTables(report, analysis);
  const table = tables.find(({ name }) => name === 'variants')!;
  expect(rowCount(table)).toBe(2);
  expect(csvOf(table)).toContain('BnB~8 − BnB+');
  expect(csvOf(tables.find(({ name }) => name === 'effects')!)).toContain('adapters over frozen');
  expect(caveats(report, analysis).join(' ')).toContain('Treatments that the paper doesn’t have');
  expect(caveats(plain, analyse(plain)).join(' ')).not.toContain('doesn’t have');
});
