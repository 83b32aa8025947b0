import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layerReadAt } from '../../src-main/engine/onnx/reader.ts';
import { UnitGradient } from '../../src-main/engine/onnx/unit-gradient.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { fieldSize, receptiveField, type Window } from '../../src-main/network/receptive-field.ts';
import type { LayerEntry } from '../../src-main/network/spec.ts';
import { randomWeights, randomNetworks } from '../engine/random-networks.ts';

/** The same stack without what may hold a gradient back: the maximum of a window and the sign of a value. */
function open({ spec, classes }: Network): Network {
  const layers = spec.layers
    .filter(({ type }) => type !== 'lrn' && type !== 'dropout')
    .map((layer): LayerEntry => (layer.type === 'pool' ? { ...layer, mode: 'average' } : layer));
  return resolveNetwork({ ...spec, layers }, classes);
}

/** Where the gradient of one unit by an image of ones is not zero; all weights count upwards. */
async function support(network: Network, n: number, row: number, column: number): Promise<Window> {
  const weights = new Map(
    [...randomWeights(network, 'field')].map(([name, { shape, data }]) => [name, { shape, data: data.map(Math.abs) }]),
  );
  const [channels, rows, columns] = layerReadAt(network, { n, place: 'weights' }).output;
  const selection = new Float32Array(channels * rows * columns);
  for (let channel = 0; channel < channels; channel++) selection[(channel * rows + row) * columns + column] = 1;
  const side = network.spec.inputSize;
  const unit = await UnitGradient.open({ network, weights, n, batch: 1, threads: 1 });
  const { gradient } = await unit.at(new Float32Array(3 * side * side).fill(1), selection);
  await unit.dispose();
  const reached = [...gradient.keys()].filter((place) => gradient[place] !== 0);
  if (reached.length === 0) return { top: 0, left: 0, rows: 0, columns: 0 };
  const extent = (places: number[]) => [Math.min(...places), Math.max(...places) - Math.min(...places) + 1];
  const [top, height] = extent(reached.map((place) => Math.floor(place / side) % side));
  const [left, width] = extent(reached.map((place) => place % side));
  return { top, left, rows: height, columns: width };
}

it('is where the gradient of the unit reaches, in any network', async () => {
  await fc.assert(
    fc.asyncProperty(randomNetworks.map(open), fc.nat(), fc.nat(), fc.nat(), async (network, layer, down, along) => {
      const n = 1 + (layer % network.depth);
      const [, rows, columns] = layerReadAt(network, { n, place: 'weights' }).output;
      const [row, column] = [down % rows, along % columns];
      const window = receptiveField(network, n, row, column);
      const reached = await support(network, n, row, column);
      if (window.rows === 0 || window.columns === 0) expect(reached.rows * reached.columns).toBe(0);
      else expect(window).toEqual(reached);
    }),
    { seed: 1411, numRuns: 60 },
  );
});

it("of the paper's network grows as is known from layer to layer, and dense layers see all", () => {
  const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet')!, 1000);
  expect([1, 2, 3, 4, 5].map((n) => fieldSize(network, n))).toEqual([11, 51, 99, 131, 163]);
  expect(receptiveField(network, 1, 0, 54)).toEqual({ top: 0, left: 216, rows: 11, columns: 11 });
  for (const n of [6, 7, 8]) expect(receptiveField(network, n, 0, 0).rows).toBeGreaterThanOrEqual(223);
  expect(() => receptiveField(network, 9, 0, 0)).toThrow('the network has no layer 9');
});
