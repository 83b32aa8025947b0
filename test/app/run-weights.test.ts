import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { firstLayerFilters, storedRun } from '../../src-main/app/stored/run.ts';
import { readWeights } from '../../src-main/app/layers/weights.ts';
import { mergedKernel, mergedWeights, withAdapters } from '../../src-main/network/variants.ts';
import type { Network } from '../../src-main/network/network.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import { writeCheckpoint } from '../../src-main/store/checkpoints.ts';
import { planStudy, runsToStore, studyId } from '../../src-main/study/plan/plan.ts';
import { randomWeights } from '../engine/random-networks.ts';
import { createTinyHome, tinyProtocol, type TinyHome } from '../study/tiny-study.ts';

const homes: TinyHome[] = [];
afterEach(() => homes.splice(0).forEach((home) => home.dispose()));

/** A planned A1B~2, with a checkpoint of this step of its training. */
async function stoppedAt(step: (steps: number) => number, networkOf: (plain: Network) => Network) {
  const home = await createTinyHome();
  homes.push(home);
  const protocol = tinyProtocol(home.index, { treatments: ['transfer~2'] });
  const plan = planStudy(protocol, home.index);
  home.store.addStudy(
    {
      ...{ id: studyId(protocol), name: protocol.name, protocol: JSON.stringify(protocol), status: 'stopped' },
      ...{ created: '2026-01-01T00:00:00.000Z', finished: null, seconds: 0 },
    },
    runsToStore(plan.runs),
  );
  const { key, steps } = plan.runs.find(({ name }) => name === 'A1B~2')!;
  const network = networkOf(storedRun(home, key).network);
  const weights = randomWeights(network, 'stopped');
  const at = step(steps);
  const content = { weights, momentum: zeroMoments(network), metadata: {} };
  const written = await writeCheckpoint(join(home.home, 'checkpoints', key), at, content);
  const file = `checkpoints/${key}/step-${at}.safetensors`;
  home.store.addCheckpoint({ run: key, step: at, ...written, file, final: at === steps });
  return { home, run: storedRun(home, key), network, weights, at };
}

const adapted = (plain: Network) => withAdapters(plain, 1, 2);
const kernelOf = (weights: Weights) =>
  mergedKernel(weights.get('conv1.weight')!, weights.get('conv1.adapter.a')!, weights.get('conv1.adapter.b')!);

test('filters of a training with adapters that was stopped are those that it computes with', async () => {
  const { home, run, weights, at } = await stoppedAt(() => 5, adapted);
  const shown = await firstLayerFilters(home, run, 'latest', undefined);
  expect(shown).toEqual({ step: at, weight: kernelOf(weights) });
  expect(shown.weight.data).not.toEqual(weights.get('conv1.weight')!.data);
});

test('so are all of its layers', async () => {
  const { home, run, network, weights, at } = await stoppedAt(() => 5, adapted);
  const read = await readWeights(home, run, 'A1B~2');
  expect(read.step).toBe(at);
  expect(read.weights).toEqual(mergedWeights(network, weights));
  expect([...read.weights.keys()]).toEqual(run.network.parameters.map(({ name }) => name));
});

test('at its end, where they are merged already, they are as they are', async () => {
  const { home, run, weights, at } = await stoppedAt(
    (steps) => steps,
    (plain) => plain,
  );
  const shown = await firstLayerFilters(home, run, at, undefined);
  expect(shown).toEqual({ step: at, weight: weights.get('conv1.weight') });
  expect((await readWeights(home, run, 'A1B~2')).weights).toEqual(weights);
});
