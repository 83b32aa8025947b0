import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointFile, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { unfreezing } from '../../src-main/common/treatments/unfreezing.ts';
import { frozenAt, frozenStretches, stageAt } from '../../src-main/engine/trainer/stage.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { readCheckpoint } from '../../src-main/store/checkpoints.ts';
import { trainingGround } from './trainer-job.ts';
import { expectSameAfterKills, expectSameAfterStops, fileOf, trained } from './trainer-stops.ts';

const EPOCHS = 4;
/** 48 training images, batches of 10. */
const STEPS = 20;

let ground: Awaited<ReturnType<typeof trainingGround>>;
let base: CheckpointFile;
beforeAll(async () => {
  ground = await trainingGround();
  base = fileOf(await trained(ground.job({ seed: 'base' }, { epochs: EPOCHS })));
});
afterAll(() => ground.remove());

const network = () => resolveNetwork(ground.job().network, 3);
const copied = (changes: Partial<TrainingJob>) =>
  ground.job({ transplant: { n: 2, checkpoint: base }, ...changes }, { epochs: EPOCHS });
const unfrozen = () => copied({ unfreezing: 'from the top' });
const adapted = () => copied({ adapterRank: 2 });

/** What a training of so many steps has changed of the base's layers 1 and 2, and of those above. */
async function changes(job: TrainingJob, step: number): Promise<Record<string, boolean>> {
  const wanted = (at: number) => stageAt(job, { ...sizes, network: network() }, at).network;
  const before = await readCheckpoint(base, network());
  const after = await readCheckpoint(fileOf(await trained(job, step)), wanted);
  const pairs = [...after.weights].map(([name, { data }]) => {
    return [name, data.join() !== before.weights.get(name)?.data.join()] as const;
  });
  return Object.fromEntries(pairs);
}
const sizes = { batchSize: 10, trainImages: 48, steps: STEPS };

async function expectSameAfterAll(job: () => TrainingJob, boundaries: readonly number[]): Promise<void> {
  await expectSameAfterKills(job, await expectSameAfterStops(job, { steps: STEPS, boundaries }));
}

describe('a training that is unfrozen from the top', () => {
  test('lets one more copied layer learn with each epoch, the topmost first', async () => {
    // 48 images are 4.8 batches: the first step of an epoch is the first that begins in it.
    const frozen = Array.from({ length: STEPS + 1 }, (_, step) => {
      return stageAt(unfrozen(), { ...sizes, network: network() }, step).frozen;
    });
    expect(frozen).toEqual([...Array<number>(5).fill(2), ...Array<number>(5).fill(1), ...Array<number>(11).fill(0)]);
    const learned = { 'fc3.weight': true, 'fc3.bias': true };
    expect(await changes(unfrozen(), 5)).toMatchObject({ ...learned, 'conv1.weight': false, 'fc2.weight': false });
    expect(await changes(unfrozen(), 6)).toMatchObject({ ...learned, 'conv1.weight': false, 'fc2.weight': true });
    expect(await changes(unfrozen(), 10)).toMatchObject({ ...learned, 'conv1.weight': false, 'fc2.weight': true });
    expect(await changes(unfrozen(), 11)).toMatchObject({ ...learned, 'conv1.weight': true, 'fc2.weight': true });
  });
  test('has stretches that add up to its steps, each with the layers frozen that its steps have', () => {
    const lengths = fc.record({
      n: fc.integer({ min: 1, max: 7 }),
      trainImages: fc.integer({ min: 1, max: 200 }),
      batch: fc.integer({ min: 1, max: 200 }),
      steps: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(lengths, ({ n, trainImages, batch, steps }) => {
        const length = { batchSize: Math.min(batch, trainImages), trainImages, steps };
        const stages = unfreezing.learning().stages(n);
        const bySteps = Array.from({ length: steps }, (_, step) => frozenAt(stages, length, step));
        const epochOf = (step: number) => Math.floor((step * length.batchSize) / trainImages);
        expect(bySteps).toEqual(bySteps.map((_, step) => Math.max(0, n - epochOf(step))));
        expect(frozenAt(stages, length, steps)).toBe(bySteps.at(-1));
        const stretches = frozenStretches(stages, length);
        expect(stretches.flatMap((stretch) => Array<number>(stretch.steps).fill(stretch.frozen))).toEqual(bySteps);
      }),
    );
  });
  test('may change at a part of all steps', () => {
    const stages = [
      { part: 0, frozen: 0 },
      { part: 0.5, frozen: 3 },
    ];
    const length = { batchSize: 8, trainImages: 100, steps: 5 };
    expect([0, 1, 2, 3, 4, 5].map((step) => frozenAt(stages, length, step))).toEqual([0, 0, 0, 3, 3, 3]);
    expect(frozenStretches(stages, length)).toEqual([
      { frozen: 0, steps: 3 },
      { frozen: 3, steps: 2 },
    ]);
  });
  test('begins as the frozen one: the same bytes up to the end of its first epoch', async () => {
    const frozen = await readCheckpoint(fileOf(await trained(copied({ frozen: 2 }), 4)), network());
    const thawing = await readCheckpoint(fileOf(await trained(unfrozen(), 4)), network());
    expect(thawing).toEqual(frozen);
  });
  test('goes on after any stop to the same bytes', () => expectSameAfterAll(unfrozen, [4, 5, 9, 10]));
});

describe('a training with adapters', () => {
  test('changes adapters and what is above, never what was copied', async () => {
    expect(await changes(adapted(), 7)).toEqual({
      ...{ 'conv1.weight': false, 'conv1.bias': false, 'fc2.weight': false, 'fc2.bias': false },
      ...{ 'fc3.weight': true, 'fc3.bias': true, 'conv1.adapter.a': true, 'conv1.adapter.b': true },
    });
  });
  test('ends as a network like any other: its adapters are in the centres of its kernels', async () => {
    const said = await trained(adapted());
    const last = await readCheckpoint(fileOf(said), network());
    const source = await readCheckpoint(base, network());
    const [mine, theirs] = [last, source].map(({ weights }) => weights.get('conv1.weight')!.data);
    const changed = [...mine.keys()].filter((index) => mine[index] !== theirs[index]);
    expect(changed.length).toBeGreaterThan(0);
    // Kernels of 3 x 3: the fifth of nine taps.
    for (const index of changed) expect(index % 9).toBe(4);
    expect(last.weights.get('fc2.weight')).toEqual(source.weights.get('fc2.weight'));
    // What was shown of its filters last is what it ends with.
    const shown = said.findLast((message) => message.type === 'snapshot')!;
    expect(shown.step).toBe(STEPS);
    expect(shown.weight.data).toEqual(mine);
  });
  test('goes on after any stop to the same bytes', () => expectSameAfterAll(adapted, [1, 19, 20]));
});

test.each([
  ['unfrozen from the top', unfrozen],
  ['with adapters', adapted],
])('the tensorflow engine goes through the stages of a training %s as onnx does', async (_, job) => {
  const [onnx, tensorflow] = await Promise.all(
    (['onnx', 'tensorflow'] as const).map(async (engine) => {
      const said = await trained({ ...job(), engine });
      expect(said.at(-1)).toMatchObject({ type: 'finished' });
      return (await readCheckpoint(fileOf(said), network())).weights;
    }),
  );
  for (const [name, { data }] of onnx) {
    const scale = Math.hypot(...data) / Math.sqrt(data.length);
    const other = tensorflow.get(name)!.data;
    const largest = data.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
    expect(largest, name).toBeLessThan(1e-4 * scale);
  }
});
