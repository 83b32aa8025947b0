import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openImageSet } from '../../../src-main/data/packed/open.ts';
import { Cancelled } from '../../../src-main/errors.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { networkSchema } from '../../../src-main/network/spec.ts';
import { initialWeights } from '../../../src-main/network/weights.ts';
import { quickLook, worthTraining } from '../../../src-main/study/prediction/quick-look.ts';
import { tinyNetwork, writeColours } from '../tiny-study.ts';

const cuts = (...probes: number[]) => probes.map((probe, place) => ({ n: place + 1, probe }));

it('finds the best cut, the deepest that may be as good, and one below for what a probe can’t learn', () => {
  expect(worthTraining(cuts(0.3, 0.5, 0.7, 0.9, 0.89, 0.6), 500)).toEqual([2, 4, 5]);
  // With few images, nothing above is told apart.
  expect(worthTraining(cuts(0.3, 0.5, 0.7, 0.9, 0.89, 0.8), 40)).toEqual([2, 4, 6]);
  expect(worthTraining(cuts(0.5), 500)).toEqual([1]);
  expect(worthTraining(cuts(0.9, 0.5, 0.4), 500)).toEqual([1]);
});

it('reads a set once and says of every cut what a probe and the cheap predictors do, the same each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-look-'));
  const { folder: packed } = await writeColours(folder);
  const set = openImageSet(packed);
  const network = resolveNetwork(networkSchema.parse(tinyNetwork), 7);
  const source = { network, weights: initialWeights(network, 'look') };
  const told: number[] = [];
  const watch = {
    signal: new AbortController().signal,
    onProgress: (at: { fraction: number }) => told.push(at.fraction),
  };
  const look = await quickLook(source, { set, threads: 1 }, watch);
  expect(look).toMatchObject({ images: { train: 20, heldOut: 20 }, classes: 4 });
  expect(look.cuts.map(({ n, name }) => [n, name])).toEqual([
    [1, 'conv1'],
    [2, 'fc2'],
  ]);
  // Colours are told by the features of random layers, too.
  for (const { probe, interval, measures } of look.cuts) {
    expect(probe).toBeGreaterThan(0.9);
    expect(interval.low).toBeLessThan(probe);
    expect(Object.keys(measures)).toEqual(['nearestClassMean', 'logMe', 'hScore', 'nLeep']);
  }
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(await quickLook(source, { set, threads: 1 }, watch)).toEqual(look);
  await expect(quickLook(source, { set, threads: 1 }, { ...watch, signal: AbortSignal.abort() })).rejects.toThrow(
    Cancelled,
  );
  set.close();
  rmSync(folder, { recursive: true });
});
