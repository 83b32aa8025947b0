import { expect, test } from 'vitest';
import { estimateStudy } from '../../src-main/app/planning/estimate.ts';
import type { Measurement } from '../../src-main/app/tasks/measure.ts';
import { evaluationInterval } from '../../src-main/engine/trainer/meters.ts';
import { snapshotSteps } from '../../src-main/engine/trainer/first-layer.ts';
import { detailOf } from '../../src-main/study/plan/groups.ts';
import { planStudy } from '../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { tinyNetwork } from '../network/tiny-network.ts';

/** Two classes a half, 50 training images each: 20 steps of 10 images in 2 epochs. */
const data = {
  ...{ id: '0123456789abcdef', name: 'made up', size: 8, classes: ['a', 'b', 'c', 'd'], groups: {} },
  ...{ trainCounts: [50, 50, 50, 50], heldOutCounts: [10, 10, 10, 10] },
};

const plan = (changes: Partial<Protocol> = {}) =>
  planStudy(
    {
      name: 'test',
      data: { id: data.id, name: data.name },
      network: tinyNetwork,
      split: { kind: 'random' },
      replicates: [{ splitSeed: 1, trainingSeed: 1 }],
      layers: [1],
      treatments: ['transfer', 'transfer+'],
      bothDirections: false,
      engine: 'onnx',
      ...changes,
    },
    data,
  );

/** A step of 1 s, a tenth of it forwards. */
const measurement: Measurement = {
  ...{ engineVersion: 'made up', batchSize: 10, stepSeconds: 1, evaluationSecondsPerImage: 0.01 },
  ...{ loadSeconds: 2, compileSeconds: 0.5, memory: 100 },
};

const estimate = (changes: Partial<Parameters<typeof estimateStudy>[0]> = {}) =>
  estimateStudy({ plan: plan(), data, stored: () => false, measurement, workers: 1, sharedMemory: 1e9, ...changes });

const PARAMETERS = 4 * 27 + 4 + (8 * 64 + 8) + (2 * 8 + 2);
/** Seconds to write a checkpoint, of weights and momentum. */
const CHECKPOINT = (4 * 2 * PARAMETERS) / 150e6;
/** Loading, 20 steps, and two evaluations of 20 images, one after each epoch. */
// Of more than 20 and less than 40 seconds of work there is a checkpoint in the middle and one at the end.
const WHOLE = 2 + 20 + 2 * 20 * 0.01 + 2 * CHECKPOINT;
/**
 * Work on one image, by layer: conv1 with its relu and pool, fc2 with its relu and dropout, fc3 for two classes. A value that is
 * written costs as much as 60 operations.
 */
const WORK = [256 * 55 + 256 + 64 * 4 + 60 * (256 + 256 + 64), 8 * 129 + 8 + 8 + 60 * (8 + 8 + 8), 2 * 17 + 60 * 2];
const stepWith = (n: number) => {
  const sum = (flops: readonly number[]) => flops.reduce((total, one) => total + one, 0);
  return 0.1 + (0.9 * sum(WORK.slice(n))) / sum(WORK);
};
const frozenTo = (n: number) => 2 + 20 * stepWith(n) + 2 * 20 * 0.01 + CHECKPOINT;

test('one training after another: each loads, takes its steps and is evaluated; frozen layers go forwards only', () => {
  const { seconds, trainings, reused, memory } = estimate();
  expect(seconds).toBeCloseTo(3 * WHOLE + frozenTo(1), 9);
  expect({ trainings, reused, memory }).toEqual({ trainings: 4, reused: 0, memory: 100 });
  const two = estimate({ plan: plan({ layers: [2], treatments: ['random'] }) });
  expect(two.seconds).toBeCloseTo(WHOLE + frozenTo(2), 9);
});

test('networks above the same frozen layers compute those once, load once, and are trained one beside the other', () => {
  const sum = (flops: readonly number[]) => flops.reduce((total, one) => total + one, 0);
  const above = (n: number) => sum(WORK.slice(n)) / sum(WORK);
  // A1B and A2B: layers 1 and 2 once, layer 2 of A1B and layer 3 of both once more.
  const forwards = 1 - above(2) + above(1) + above(2);
  const both = 2 + 20 * (0.1 * forwards + 0.9 * (above(1) + above(2))) + 2 * 20 * 0.01 * forwards + 2 * CHECKPOINT;
  const two = plan({ layers: [1, 2], treatments: ['transfer'] });
  expect(estimate({ plan: two }).seconds).toBeCloseTo(2 * WHOLE + both, 9);
  // Without memory for both, each is trained alone.
  expect(estimate({ plan: two, sharedMemory: 0 }).seconds).toBeCloseTo(2 * WHOLE + frozenTo(1) + frozenTo(2), 9);
});

test('what is unfrozen from the top takes a frozen step where it is frozen, and is compiled anew for each stage', () => {
  // 100 images in batches of 10: ten steps with two layers frozen, ten with one; conv1 never learns.
  const thawing = estimate({ plan: plan({ layers: [2], treatments: ['transfer^'] }) });
  const stages = 2 + 10 * stepWith(2) + 10 * stepWith(1) + 0.5 + 2 * 20 * 0.01 + CHECKPOINT;
  expect(thawing.seconds).toBeCloseTo(2 * WHOLE + stages, 9);
  const frozen = estimate({ plan: plan({ layers: [2], treatments: ['transfer'] }) });
  expect(thawing.disk).toBe(frozen.disk);
  // Of two layers of which both are reached in two epochs, the filters have a history.
  const reached = estimate({ plan: plan({ layers: [1], treatments: ['transfer^'] }) });
  expect(reached.disk - frozen.disk).toBe(4 * snapshotSteps(20, 12).size * 4 * 27);
});

test('on few images there are more epochs, and all layers learn sooner', () => {
  const few = plan({ layers: [2], treatments: ['transfer^'], examples: [2] });
  const only = few.runs.find(({ name }) => name === 'A2B^@2')!.key;
  const { seconds } = estimate({ plan: few, stored: (key) => key !== only });
  // Four images, a step an epoch: from the second step on layer 2 learns, from the third on layer 1.
  const steps = (4 / 10) * (stepWith(2) + stepWith(1) + 18 * stepWith(0));
  const evaluations = Math.ceil(20 / evaluationInterval(20, 4, 4, detailOf('transfer^').evaluations));
  expect(seconds).toBeCloseTo(2 + steps + 2 * 0.5 + evaluations * 20 * 0.01 + CHECKPOINT, 9);
});

test('adapters cost what their layers cost, and a network without them at the end', () => {
  const adapted = estimate({ plan: plan({ treatments: ['transfer~2'] }) });
  expect(adapted.seconds).toBeCloseTo(3 * WHOLE + 0.5, 9);
});

test('two at once wait for the base that they are made from', () => {
  // Both bases, then the frozen transplant beside the fine-tuned one.
  expect(estimate({ workers: 2 }).seconds).toBeCloseTo(2 * WHOLE, 9);
  expect(estimate({ workers: 9 })).toMatchObject({ seconds: estimate({ workers: 2 }).seconds, memory: 400 });
});

test('what is trained already takes no time and no room, and what is made from it waits for nothing', () => {
  const bases = new Set(plan().runs.flatMap(({ key, name }) => (name.startsWith('base') ? [key] : [])));
  const rest = estimate({ workers: 2, stored: (key) => bases.has(key) });
  expect(rest).toMatchObject({ trainings: 2, reused: 2 });
  expect(rest.seconds).toBeCloseTo(WHOLE, 9);
  expect(estimate({ stored: () => true })).toEqual({ seconds: 0, disk: 0, memory: 0, trainings: 0, reused: 4 });
});

test('a training that two replicates share is done once', () => {
  const replicate = { splitSeed: 1, trainingSeed: 1 };
  expect(estimate({ plan: plan({ replicates: [replicate, replicate] }) })).toEqual(estimate());
});

test('a checkpoint for each run, weights and momentum, and the history of the filters that learn', () => {
  // Two bases and a fine-tuned transplant; what is frozen has no history.
  const snapshots = 2 * snapshotSteps(20, 40).size + snapshotSteps(20, 12).size;
  expect(estimate().disk).toBe(4 * 4 * 2 * PARAMETERS + 4 * snapshots * (4 * 27));
});

test('fewer images are fewer steps, and a batch of another size takes its share of the time', () => {
  const few = estimate({ plan: plan({ imagesPerClass: 20, treatments: [] }) });
  expect(few.seconds).toBeCloseTo(2 + 8 + 2 * 20 * 0.01 + CHECKPOINT, 9);
  const larger = { ...measurement, batchSize: 20, stepSeconds: 2 };
  expect(estimate({ measurement: larger }).seconds).toBeCloseTo(estimate().seconds, 9);
});

test('of many replicates some are planned, and each of the others takes as long as the last of those', () => {
  const replicates = Array.from({ length: 30 }, (_, place) => ({ splitSeed: place + 1, trainingSeed: place + 1 }));
  const whole = plan({ replicates });
  const first = plan({ replicates: replicates.slice(0, 3) });
  const known = new Set(whole.runs.flatMap(({ key, replicate }) => (replicate < 2 ? [key] : [])));
  const stored = (key: string) => known.has(key);
  const scaled = estimate({ plan: first, replicates: 30, stored });
  const exact = estimate({ plan: whole, stored });
  expect({ ...scaled, seconds: 0 }).toEqual({ ...exact, seconds: 0 });
  expect(scaled.seconds).toBeCloseTo(exact.seconds, 6);
  expect(scaled).toMatchObject({ trainings: 28 * 4, reused: 8 });
});
