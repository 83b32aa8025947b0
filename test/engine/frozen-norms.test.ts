import { expect, test } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { treatedNetwork } from '../../src-main/network/variants.ts';
import { tinyMobileNet, tinyResNet } from '../network/tiny-graphs.ts';
import { randomBatch, randomWeights } from './random-networks.ts';

const IMAGES = 6;
const engine = createOnnxEngine();

/** The loss of a step, before its update, less that of the same images in an evaluation: what batch statistics change. */
async function change(network: Network, frozen: number): Promise<number> {
  const weights = randomWeights(network, 'w');
  const batch = randomBatch(network, IMAGES, 'batch');
  const trainer = await engine.compile({ network, batchSize: IMAGES, frozen, threads: 1, weights });
  const { loss: evaluated } = await trainer.evaluate(batch);
  const { loss } = await trainer.step(batch, 0.01);
  await trainer.dispose();
  return Math.abs(loss - evaluated);
}

test.each([tinyResNet, tinyMobileNet])('frozen batch norms of $name compute in training as in tests', async (spec) => {
  const network = resolveNetwork(spec, 3);
  const n = network.depth - 1;
  // All batch norms are among the copied layers, and there is no dropout.
  expect(await change(network, n)).toBeLessThan(1e-6);
  expect(await change(treatedNetwork(network, n, { adapterRank: 2 }), 0)).toBeLessThan(1e-6);
  expect(await change(treatedNetwork(network, n, { norms: 'affine' }), 0)).toBeLessThan(1e-6);
  expect(await change(treatedNetwork(network, n, { norms: 'statistics' }), 0)).toBeGreaterThan(1e-3);
  expect(await change(network, 0)).toBeGreaterThan(1e-3);
  // One that is not frozen takes the batch's, whatever is frozen below.
  expect(await change(network, 1)).toBeGreaterThan(1e-3);
});

test('so do those that networks share, in both passes of their prefix', async () => {
  const network = resolveNetwork(tinyResNet, 3);
  const weights = randomWeights(network, 'w');
  const batch = randomBatch(network, IMAGES, 'batch');
  const options = { network, batchSize: IMAGES, threads: 1, weights };
  const prefix = await engine.prefixes!.compilePrefix({ ...options, layers: [3] });
  const above = await engine.prefixes!.compileAbove({ ...options, frozen: 3 });
  const { loss: evaluated } = await above.evaluate({ ...batch, images: (await prefix.evaluate(batch)).get(3)! });
  const { loss } = await above.step({ ...batch, images: (await prefix.train(batch)).get(3)! }, 0.01);
  expect(loss).toBeCloseTo(evaluated, 6);
  await Promise.all([prefix.dispose(), above.dispose()]);
});
