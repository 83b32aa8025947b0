import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layerReadAt } from '../../src-main/engine/onnx/reader.ts';
import { UnitGradient, unitGradientGraph } from '../../src-main/engine/onnx/unit-gradient.ts';
import type { Network } from '../../src-main/network/network.ts';
import { RandomStream } from '../../src-main/random.ts';
import { randomBatch, randomNetworks, randomWeights, smallWithDropout } from './random-networks.ts';
import { inFloat64, referenceForward, referenceValues } from './reference.ts';

const IMAGES = 2;
const STEP = 1e-5;

/** What a random half of the layer's outputs count for, of each image its own. */
function randomSelection(network: Network, n: number, seed: number): Float32Array {
  const { output } = layerReadAt(network, { n, place: 'weights' });
  const random = new RandomStream(seed, 'selection');
  const length = IMAGES * output[0] * output[1] * output[2];
  return Float32Array.from({ length }, () => (random.uniform() < 0.5 ? random.gaussian() : 0));
}

it('of any layer of any network is that of finite differences', async () => {
  await fc.assert(
    fc.asyncProperty(randomNetworks, fc.nat(), async (network, seed) => {
      const weights = randomWeights(network, String(seed));
      const batch = randomBatch(network, IMAGES, String(seed));
      fc.pre(referenceForward(network, inFloat64(weights), batch).distanceToKink > 1e-3);
      const n = 1 + (seed % network.depth);
      const selection = randomSelection(network, n, seed);
      const layer = network.layers.indexOf(layerReadAt(network, { n, place: 'weights' }));
      const pixels = batch.images.length / IMAGES;
      const objectiveOf = (image: number, values: Float64Array): number => {
        const output = referenceValues(network, inFloat64(weights), values)[layer];
        return output.reduce((sum, value, place) => sum + value * selection[image * output.length + place], 0);
      };
      const unit = await UnitGradient.open({ network, weights, n, batch: IMAGES, threads: 1 });
      const { objective, gradient } = await unit.at(batch.images, selection);
      await unit.dispose();
      for (let image = 0; image < IMAGES; image++) {
        const values = Float64Array.from(batch.images.subarray(image * pixels, (image + 1) * pixels));
        const exact = objectiveOf(image, values);
        expect(Math.abs(objective[image] - exact)).toBeLessThan(1e-4 * Math.max(1, Math.abs(exact)));
        const scale = Math.hypot(...gradient.subarray(image * pixels, (image + 1) * pixels));
        const random = new RandomStream(seed, 'coordinates', image);
        for (let trial = 0; trial < 6; trial++) {
          const place = random.integer(pixels);
          const moved = (by: number) => objectiveOf(image, values.with(place, values[place] + by));
          const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
          expect(Math.abs(gradient[image * pixels + place] - slope)).toBeLessThan(1e-3 * scale + 1e-5);
        }
      }
    }),
    { seed: 1411, numRuns: 40 },
  );
});

it('computes no gradient of a weight, and nothing above its layer', () => {
  const network = smallWithDropout();
  const operators = (n: number) => unitGradientGraph(network, n, 2).operators();
  // One convolution forwards and one backwards for each layer.
  for (const n of [1, 2, 5]) expect(operators(n).get('Conv'), `layer ${n}`).toBe(2 * n);
  expect(() => unitGradientGraph(network, 9, 2)).toThrow('the network has no layer 9');
});
