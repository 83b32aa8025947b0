import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { findCompanion } from '../../src-main/study/results/companion.ts';
import { readProtocol, type Protocol } from '../../src-main/study/plan/protocol.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

const shapes = (...numbers: number[]) => numbers.map((number) => `shape ${number}`);
const chosen: Partial<Protocol> = { split: { kind: 'lists', a: shapes(1, 2, 3, 4), b: shapes(5, 6, 7, 8) } };
const one = { replicates: 1, layers: [1, 3] };

let store: Store;
let ids: string[];
const companionOf = (place: number) => {
  const study = store.findStudy(ids[place])!;
  return findCompanion(store, study.id, readProtocol(study));
};

beforeAll(async () => {
  const made = await madeUpHome([
    { name: 'near', trainingSeed: 1, ...one },
    {
      name: 'distant, half done',
      trainingSeed: 2,
      ...one,
      changes: chosen,
      end: ({ name }) => (name.includes('3') ? 'planned' : 'finished'),
    },
    { name: 'distant', trainingSeed: 3, ...one, changes: chosen },
    {
      name: 'distant, of fewer images',
      trainingSeed: 4,
      ...one,
      layers: [1, 2, 3, 4],
      changes: { ...chosen, imagesPerClass: 2 },
    },
    {
      name: 'distant, not begun',
      trainingSeed: 5,
      ...one,
      changes: { ...chosen, imagesPerClass: 3 },
      end: () => 'planned',
    },
    { name: 'near, of three images', trainingSeed: 6, ...one, changes: { imagesPerClass: 3 } },
  ]);
  ids = made.ids;
  store = openStore(join(made.home, 'transplant.sqlite'));
});
afterAll(() => store.close());

it('is the study with chosen halves that has most transfers of the same images and network', () => {
  expect(companionOf(0)!.name).toBe('distant');
  expect(companionOf(0)!.results.filter(({ kind }) => kind === 'transfer').length).toBe(2);
});

it('of chosen halves is one with random ones', () => {
  expect(companionOf(2)!.name).toBe('near');
});

it('must have the same training images, and something to show', () => {
  expect(companionOf(3)).toBeNull();
  expect(companionOf(5)).toBeNull();
});
