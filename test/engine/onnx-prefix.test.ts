import { describe, expect, it } from 'vitest';
import { PREFIX_ENGINES, type PrefixEngine } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { loadEngine } from '../../src-main/engine/select.ts';
import { digest } from './onnx-run.ts';
import { randomBatch, randomWeights, smallWithDropout } from './random-networks.ts';

const network = smallWithDropout();
const BATCH = 16;
const LAYERS = Array.from({ length: network.depth - 1 }, (_, index) => index + 1);
const weights = randomWeights(network, 'prefix');
const options = { network, batchSize: BATCH, threads: 1, weights };
const batches = [1, 2, 3].map((step) => randomBatch(network, BATCH, `step ${step}`));
const heldOut = [BATCH, 5, BATCH].map((images) => randomBatch(network, images, `held out ${images}`));

/** Everything that comes out of three steps and as many evaluations, of the networks above each of these layers. */
async function trainAbove({ compilePrefix, compileAbove }: PrefixEngine, layers: readonly number[]) {
  const prefix = await compilePrefix({ ...options, layers });
  const heads = await Promise.all(layers.map((frozen) => compileAbove({ ...options, frozen })));
  const results = layers.map(() => [] as unknown[]);
  for (const batch of batches) {
    const activations = await prefix.train(batch);
    for (const [place, n] of layers.entries())
      results[place].push(await heads[place].step({ ...batch, images: activations.get(n)! }, 0.01));
  }
  for (const batch of heldOut) {
    const activations = await prefix.evaluate(batch);
    for (const [place, n] of layers.entries())
      results[place].push(await heads[place].evaluate({ ...batch, images: activations.get(n)! }));
  }
  const ends = await Promise.all(
    heads.map(async (head, place) => {
      const state = [...(await head.weights()).values(), ...(await head.momentum()).values()];
      await head.dispose();
      return {
        results: results[place],
        state: digest(...state.map(({ data }) => data)),
        weights: await head.weights(),
      };
    }),
  );
  await prefix.dispose();
  return new Map(layers.map((n, place) => [n, ends[place]]));
}

const furthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe('networks above one prefix', () => {
  const engine = createOnnxEngine().prefixes!;

  it('come to the same bytes as each above a prefix of its own', async () => {
    const together = await trainAbove(engine, LAYERS);
    for (const n of LAYERS) expect((await trainAbove(engine, [n])).get(n), `n = ${n}`).toEqual(together.get(n));
  });

  it('come to the numbers of the whole network with so many layers frozen', async () => {
    const together = await trainAbove(engine, [1, 6, 7]);
    for (const [n, above] of together) {
      const whole = await createOnnxEngine().compile({ ...options, frozen: n });
      const results: unknown[] = [];
      for (const batch of batches) results.push(await whole.step(batch, 0.01));
      for (const batch of heldOut) results.push(await whole.evaluate(batch));
      above.results.forEach((result, place) => {
        const { loss, ...same } = results[place] as { loss: number; correct: number; answers?: Int32Array };
        expect(result).toEqual({ loss: expect.closeTo(loss, 4), ...same });
      });
      for (const [name, { data }] of await whole.weights())
        expect(furthest(above.weights.get(name)!.data, data), name).toBeLessThan(1e-4);
      await whole.dispose();
    }
  });

  it('refuse activations of another number of images', async () => {
    const prefix = await engine.compilePrefix({ ...options, layers: [2] });
    const head = await engine.compileAbove({ ...options, frozen: 2 });
    const activations = await prefix.evaluate(heldOut[1]);
    const wrong = { ...batches[0], images: activations.get(2)! };
    await expect(head.step(wrong, 0.01)).rejects.toThrow('16 labels need as many images');
    await prefix.dispose();
    await head.dispose();
  });
});

it('is known of each engine whether it has prefixes', async () => {
  const onnx = (['cpu', 'webgpu', 'cuda'] as const).map((provider) => createOnnxEngine(provider));
  for (const { name, prefixes } of [...onnx, await loadEngine('tensorflow')])
    expect(prefixes !== undefined, name).toBe(PREFIX_ENGINES.has(name));
});
