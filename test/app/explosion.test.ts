import { expect, test } from 'vitest';
import { explosion } from '../../src-main/app/planning/announcement.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';

test('the paper’s network is warned of on few classes, with what to do, and no other', () => {
  const paper = BUILT_IN_NETWORKS.get('alexnet')!;
  expect(explosion(paper, 10).join()).toMatch(/10 classes .* may make trainings explode .* a rate of 0.001/);
  expect(explosion(paper, 500)).toEqual([]);
  expect(explosion(BUILT_IN_NETWORKS.get('alexnet-32')!, 10)).toEqual([]);
});
