import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src-main/engine/onnx/graph.ts';
import {
  isFasterByTiles,
  winogradConvolution,
  type TiledConvolution,
} from '../../src-main/engine/onnx/layers/convolution/winograd.ts';
import { convolution } from '../../src-main/engine/onnx/layers/convolution.ts';
import { fromBlocked, toBlocked, type LayerOf, type LayerValue } from '../../src-main/engine/onnx/layers/layer.ts';
import { blockedLayout } from '../../src-main/engine/onnx/layouts.ts';
import { graphLayout } from '../../src-main/engine/onnx/graph-layout.ts';
import { blockOfProcessor } from '../../src-main/engine/onnx/session.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';

/** Against the plain convolution, which onnx-layers.test.ts holds against its definition and finite differences. */
const block = await blockOfProcessor();
const of = block ?? 16;
/** Of the largest number. */
const ROUNDING = 5e-6;

const shapes = fc
  .record({
    pads: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    extra: fc.tuple(fc.nat(9), fc.nat(9)),
    batch: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ pads, extra, channels, filters, batch, seed }) => {
    const side = (along: 0 | 1) => {
      const [before, after] = [pads[along], pads[along + 2]];
      const size = Math.max(1, 3 - before - after) + extra[along];
      return { size, before, outputs: size + before + after - 2 };
    };
    const sides = { block: of, batch, down: side(0), across: side(1) };
    return { ...sides, channels: channels * of, filters: filters * of, pads, seed };
  });
type Shape = TiledConvolution & { readonly pads: readonly number[]; readonly seed: number };

function inputs({ batch, channels, filters, down, across, seed }: Shape) {
  const random = new RandomStream('onnx winograd', seed);
  return {
    x: onnx.gaussians([batch, channels, down.size, across.size], random),
    weight: onnx.gaussians([filters, channels, 3, 3], random),
    bias: onnx.gaussians([filters], random),
    dy: onnx.gaussians([batch, filters, down.outputs, across.outputs], random),
    factor: onnx.gaussians([filters], random),
  };
}

const results = ({ y, backward }: LayerValue, dy: Value, factor?: Value) => {
  const { inputs, parameters } = backward(dy, [true], undefined, factor);
  return { y, dx: inputs[0]!, dweight: parameters!.weight!, dbias: parameters!.bias! };
};

const byTiles = (shape: Shape, threads?: number, scaled = false) =>
  onnx.run(
    'float32',
    inputs(shape),
    (graph, { x, weight, bias, dy, factor }) => {
      const value = winogradConvolution(graph, shape, toBlocked(graph, x), { weight, bias });
      const { y, dx, ...gradients } = results(value, toBlocked(graph, dy), scaled ? factor : undefined);
      return { y: fromBlocked(graph, y, shape.filters), dx: fromBlocked(graph, dx, shape.channels), ...gradients };
    },
    threads,
  );

function plain(shape: Shape, scaled = false) {
  const { channels, filters, down, across, pads, batch } = shape;
  const spec = { type: 'conv', name: 'conv', filters, kernel: 3, stride: 1, pad: pads, groups: 1 };
  const input = [channels, down.size, across.size];
  const output = [filters, down.outputs, across.outputs];
  const layer = { spec, name: 'conv', inputs: [input], input, output, sources: [0] } as unknown as LayerOf<'conv'>;
  return onnx.run('float32', inputs(shape), (graph, { x, weight, bias, dy, factor }) => {
    const value = convolution.batchFirst(graph, layer, { inputs: [x], batch, parameters: { weight, bias } });
    return results(value, scaled ? graph.node('Mul', [dy, graph.reshape(factor, 1, -1, 1, 1)]) : dy);
  });
}

describe.skipIf(block === undefined)('convolution by tiles', () => {
  it('and its gradients equal those of sums over taps, for any padding, image and factor of dy', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), async (shape, scaled) => {
        const [actual, expected] = await Promise.all([byTiles(shape, undefined, scaled), plain(shape, scaled)]);
        for (const name of ['y', 'dx', 'dweight', 'dbias'] as const)
          expect(onnx.relativeError(actual[name], expected[name]), name).toBeLessThan(ROUNDING);
      }),
      { numRuns: 40 },
    );
  });

  it('has the same bytes for any number of threads', async () => {
    const side = { size: 8, outputs: 8, before: 1 };
    const sides = { block: of, batch: 2 * of, down: side, across: side, pads: [1, 1, 1, 1], seed: 1 };
    for (const [channels, filters] of [
      [4 * of, 6 * of],
      [8 * of, 12 * of],
    ]) {
      const shape = { ...sides, channels, filters };
      expect(isFasterByTiles({ ...shape, kernel: 3, stride: 1, groups: 1 })).toBe(true);
      const digests = [1, 2, 3, 8].map(async (threads) => {
        const { y, dx, dweight, dbias } = await byTiles(shape, threads);
        return onnx.digest(y, dx, dweight, dbias);
      });
      expect(new Set(await Promise.all(digests)).size).toBe(1);
    }
  });

  it('is chosen for 3x3 taps of many channels, spectra for 5x5', () => {
    for (const name of ['alexnet-32-small', 'alexnet-32', 'alexnet-64']) {
      const network = resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 10);
      const operators = stepGraph(network, 32, 0, blockedLayout(network, { block: of })).operators();
      // conv2: three products each for y, dx and dw. conv3 to conv5: one each, and one for the tiles of x.
      expect(operators.get('com.microsoft.FusedMatMul'), name).toBe(9 + 3 * 4);
      // y and dw of conv1, what LRN sums over channels, and two for the weights of each of two large dense layers.
      expect(operators.get('com.microsoft.nchwc.Conv'), name).toBeGreaterThanOrEqual(2 + 4);
    }
    const network = resolveNetwork(BUILT_IN_NETWORKS.get('resnet-32')!, 10);
    const operators = stepGraph(network, 32, 0, graphLayout(network, { block: of, batch: 32 })).operators();
    // Five convolutions of 64 channels.
    expect(operators.get('com.microsoft.FusedMatMul')).toBe(5 * 4);
  });

  it('is left alone where it does not pay', () => {
    const side = { size: 8, outputs: 8, before: 1 };
    const shape = { batch: 32, block: of, channels: 96, filters: 96, kernel: 3, stride: 1, groups: 1 };
    const sides = { down: side, across: side };
    expect(isFasterByTiles({ ...shape, ...sides })).toBe(true);
    const large = { size: 64, outputs: 64, before: 1 };
    for (const other of [
      { stride: 2 },
      { groups: 2 },
      { kernel: 5 },
      { channels: 3, filters: 1024 },
      { channels: 16, filters: 32 },
      { channels: 64, filters: 64, down: large, across: large },
    ])
      expect(isFasterByTiles({ ...shape, ...sides, ...other }), JSON.stringify(other)).toBe(false);
  });
});
