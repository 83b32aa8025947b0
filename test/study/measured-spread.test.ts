import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectedResolution } from '../../src-main/app/planning/resolution.ts';
import { findStoredStudy } from '../../src-main/app/stored/study.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { planStudy } from '../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { measuredSpread } from '../../src-main/study/results/measured-spread.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

/** Points by which AnB+ is better than in the made-up study, by replicate: a spread of 4 points, whatever else there is. */
const MOVED = [-4, 0, 4];
const moved = ({ name, replicate }: { name: string; replicate: number }) =>
  /^A\dB\+$/.test(name) ? MOVED[replicate] : 0;
const layers = [1, 3];

let home: string;
let store: Store;
let ids: string[];
const protocolOf = (place: number, changes: Partial<Protocol> = {}): Protocol => ({
  ...findStoredStudy({ home, store } as never, ids[place]).protocol,
  ...changes,
});
/** More replicates of the same, as they are planned. */
const planned = (count: number) => ({
  replicates: Array.from({ length: count }, (_, replicate) => ({ splitSeed: replicate + 1, trainingSeed: 1 })),
});

beforeAll(async () => {
  ({ home, ids } = await madeUpHome([
    { name: 'three', replicates: 3, layers, trainingSeed: 1, better: moved },
    { name: 'two', replicates: 2, layers, trainingSeed: 2, changes: { imagesPerClass: 2 } },
  ]));
  store = openStore(join(home, 'transplant.sqlite'));
});
afterAll(() => store.close());

it('is that of a study of the same images and network with three replicates, whatever its length', () => {
  const found = measuredSpread(store, protocolOf(0, planned(9)))!;
  expect(found).toMatchObject({ study: 'three', units: 3 });
  // The made-up accuracies differ by a little more than by what was added.
  expect(found.boost).toBeGreaterThan(3);
  expect(found.boost).toBeLessThan(5);
});

it('is none of other images per class, of another engine, of more seeds of a split, or of two replicates', () => {
  for (const changes of [{ imagesPerClass: 3 }, { engine: 'tensorflow' as const }])
    expect(measuredSpread(store, protocolOf(0, changes))).toBeUndefined();
  const twice = planned(3).replicates.flatMap((one) => [one, { ...one, trainingSeed: 2 }]);
  expect(measuredSpread(store, protocolOf(0, { replicates: twice }))).toBeUndefined();
  expect(measuredSpread(store, protocolOf(1))).toBeUndefined();
});

it('stands for the spread that is assumed in what a plan says, which names it', () => {
  const { index } = findStoredStudy({ home, store } as never, ids[0]);
  const expected = (changes: Partial<Protocol>) => {
    const protocol = protocolOf(0, { ...planned(9), ...changes });
    return expectedResolution(store, planStudy(protocol, index), index, protocol);
  };
  const measured = expected({});
  const assumed = expected({ imagesPerClass: 3 });
  expect(measured.spreadOf).toEqual({ study: 'three', units: 3 });
  expect(assumed.spreadOf).toBeNull();
  // So few held-out images are expected to hide more than the spread of four points that was measured.
  expect(measured.boost).toBeGreaterThan(2 * assumed.boost!);
  expect(measured.points).toBeLessThan(assumed.points / 2);
  // Of layers that the study doesn't have all of, the boost's spread is unknown: one statement rests on one spread.
  expect(expected({ layers: [1, 2, 3] }).spreadOf).toBeNull();
});
