import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accuracyCurves, type RunResult } from '../../src-main/study/results/curves.ts';
import { differences, effectCurves } from '../../src-main/study/results/effects.ts';
import { treatmentName, type Half, type Treatment } from '../../src-main/common/treatments/treatments.ts';

function run(kind: Treatment['kind'], n: number, replicate: number, correct: number, target: Half = 'B'): RunResult {
  return { name: treatmentName({ kind, n, target }), kind, n, target, replicate, correct, total: 1000, loss: 1 };
}
const pooled = { directions: 'pooled' } as const;

test('a curve of two replicates has their mean and a t interval with one degree of freedom', () => {
  const [curve] = accuracyCurves([run('transfer', 3, 0, 600), run('transfer', 3, 1, 620)], pooled);
  const [point] = curve.points;
  expect(curve.name).toBe('AnB');
  expect(point).toMatchObject({ n: 3, runs: 2, replicates: 2, units: 2, how: 'splits' });
  expect(point.accuracy).toBeCloseTo(0.61, 12);
  // t(0.975, 1) = 12.7062; s / sqrt(2) = 0.01.
  expect(point.interval.high - point.accuracy).toBeCloseTo(0.127062, 6);
});

test('a curve of one replicate has the binomial interval of its held-out images and says so', () => {
  const [curve] = accuracyCurves([run('base', 0, 0, 500)], pooled);
  expect(curve.points[0]).toMatchObject({ n: 0, runs: 1, how: 'held-out images' });
  expect(curve.points[0].interval.low).toBeCloseTo(0.4691, 3);
});

test('both directions of one replicate are one replicate: they do not make a t interval', () => {
  const runs = [run('transfer', 2, 0, 500, 'B'), run('transfer', 2, 0, 700, 'A')];
  const [curve, ...rest] = accuracyCurves(runs, pooled);
  expect(rest).toEqual([]);
  expect(curve.points[0]).toMatchObject({ accuracy: 0.6, runs: 2, replicates: 1, how: 'held-out images' });
  expect(accuracyCurves(runs, { directions: 'apart' }).map((apart) => apart.name)).toEqual(['AnB', 'BnA']);
});

test('a failed run leaves a gap, never a zero', () => {
  const runs = [run('base', 0, 0, 600), run('selffer', 1, 0, 600), run('selffer', 3, 0, 580)];
  const curve = accuracyCurves(runs, pooled).find(({ name }) => name === 'BnB')!;
  expect(curve.points.map((point) => point.n)).toEqual([1, 3]);
  expect(differences(runs, 'transfer', 'selffer')).toEqual([]);
});

test('effects are paired by replicate: what all runs of a replicate share cancels out', () => {
  const runs = [0, 1, 2].flatMap((replicate) => [
    run('base', 0, replicate, 600 + 100 * replicate),
    run('selffer', 4, replicate, 580 + 100 * replicate),
    run('transfer', 4, replicate, 570 + 101 * replicate),
  ]);
  const effects = effectCurves(runs, pooled);
  const [coAdaptation, specificity] = effects;
  expect(effects.map((effect) => effect.difference)).toEqual(['BnB − baseB', 'AnB − BnB']);
  expect(coAdaptation.points[0].points).toBeCloseTo(-2, 10);
  expect(coAdaptation.points[0].interval.high).toBeCloseTo(-2, 10);
  // Differences -1, -0.9, -0.8 points: mean -0.9, s = 0.1, t(0.975, 2) = 4.302653.
  expect(specificity.points[0].points).toBeCloseTo(-0.9, 10);
  expect(specificity.points[0].interval.low).toBeCloseTo(-0.9 - (4.302653 * 0.1) / Math.sqrt(3), 6);
});

test('a replicate of which one side is missing takes no part in the difference', () => {
  const runs = [run('base', 0, 0, 600), run('selffer', 1, 0, 590), run('base', 0, 1, 900), run('selffer', 1, 2, 100)];
  expect(differences(runs, 'selffer', 'base')).toMatchObject([
    { n: 1, pairs: 1, replicates: 1, how: 'held-out images' },
  ]);
});

const study = fc.array(
  fc.record({ base: fc.integer({ min: 300, max: 600 }), transfer: fc.integer({ min: 300, max: 600 }) }),
  { minLength: 1, maxLength: 6 },
);

test('raising every accuracy by the same amount moves curves by it and leaves paired effects alone', () => {
  fc.assert(
    fc.property(study, fc.integer({ min: 1, max: 300 }), (replicates, shift) => {
      const runs = (extra: number) =>
        replicates.flatMap(({ base, transfer }, replicate) => [
          run('base', 0, replicate, base + extra),
          run('transfer', 5, replicate, transfer + extra),
        ]);
      const accuracy = (extra: number) => accuracyCurves(runs(extra), pooled)[1].points[0].accuracy;
      const effect = (extra: number) => differences(runs(extra), 'transfer', 'base')[0];
      expect(accuracy(shift)).toBeCloseTo(accuracy(0) + shift / 1000, 10);
      expect(effect(shift).points).toBeCloseTo(effect(0).points, 8);
      if (replicates.length > 1) expect(effect(shift).interval.low).toBeCloseTo(effect(0).interval.low, 6);
    }),
  );
});

test('the order of the runs does not matter', () => {
  const runs = [0, 1].flatMap((replicate) => [
    run('base', 0, replicate, 600 + replicate),
    run('random', 2, replicate, 300),
    run('transfer', 2, replicate, 500),
    run('transfer', 1, replicate, 550),
  ]);
  const backwards = [...runs].reverse();
  const shape = (results: RunResult[]) => accuracyCurves(results, pooled).map(({ name, points }) => ({ name, points }));
  expect(shape(backwards)).toEqual(shape(runs));
  expect(effectCurves(backwards, pooled)).toEqual(effectCurves(runs, pooled));
});
