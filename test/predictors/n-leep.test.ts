import { expect, it } from 'vitest';
import { mixtureMemberships } from '../../src-main/predictors/gaussian-mixture.ts';
import { nLeep } from '../../src-main/predictors/n-leep.ts';
import { gaussianClasses, gaussianFeatures, mapped, rotated, rowsOf } from './random-features.ts';

it('a mixture finds clusters that are far apart, and memberships sum to 1', () => {
  const { features, labels } = gaussianClasses(150, 4, 3, 30, 'clusters');
  const rows = rowsOf(mixtureMemberships(features, { components: 3, seed: 'one' }));
  const component = rows.map((row) => row.indexOf(Math.max(...row)));
  for (const row of rows) expect(row.reduce((sum, value) => sum + value)).toBeCloseTo(1, 10);
  for (let i = 3; i < rows.length; i++) expect(component[i]).toBe(component[labels.values[i]]);
  expect(new Set(component.slice(0, 3)).size).toBe(3);
});

it('memberships are the posterior of the densities: a mixture of one is certain, and far images are certain', () => {
  const one = mixtureMemberships(gaussianFeatures(20, 2, 'one'), { components: 1, seed: 'one' });
  expect([...one.values]).toEqual(Array(20).fill(1));
});

it('is about 0 where clusters are classes, and about minus the entropy of the labels where features are noise', () => {
  const far = gaussianClasses(400, 6, 4, 30, 'far');
  expect(nLeep(far.features, far.labels, 'seed')).toBeGreaterThan(-0.01);
  // With many images a component, so that a chance majority in a component tells little.
  const noise = gaussianFeatures(4000, 3, 'noise');
  const labels = { values: Int32Array.from({ length: 4000 }, (_, row) => row % 2), classes: 2 };
  expect(nLeep(noise, labels, 'seed')).toBeCloseTo(-Math.log(2), 1);
});

it('is the same for the same seed, and for features that are scaled and moved', () => {
  const { features, labels } = gaussianClasses(200, 6, 4, 1, 'same');
  const score = nLeep(features, labels, 'seed')!;
  expect(nLeep(features, labels, 'seed')).toBe(score);
  expect(
    nLeep(
      mapped(features, (value) => 100 * value - 7),
      labels,
      'seed',
    ),
  ).toBeCloseTo(score, 6);
  expect(nLeep(rotated(features, 'turn'), labels, 'seed')).toBeCloseTo(score, 6);
  expect(
    nLeep(
      mapped(features, () => 1),
      labels,
      'seed',
    ),
  ).toBeUndefined();
});
