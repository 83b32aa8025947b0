import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../src-main/engine/onnx/graph.ts';
import * as convolution from '../../src-main/engine/onnx/layers/convolution/batch-last.ts';
import * as blockedConvolution from '../../src-main/engine/onnx/layers/convolution/blocked.ts';
import { fromBlocked, toBlocked } from '../../src-main/engine/onnx/layers/layer.ts';
import * as lrn from '../../src-main/engine/onnx/layers/lrn.ts';
import { backward } from '../../src-main/engine/onnx/layers/pooling-gradient.ts';
import * as pooling from '../../src-main/engine/onnx/layers/pooling.ts';
import { blockedLayout, canBeBlocked } from '../../src-main/engine/onnx/layouts.ts';
import { blockOfProcessor } from '../../src-main/engine/onnx/session.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import type { NetworkInput } from '../../src-main/network/spec.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';
import { networkOf } from './random-networks.ts';

/**
 * The blocked operators against the batch-last ones, which onnx-operators.test.ts holds against their definitions and
 * finite differences. Small whole numbers have exact sums, so both must be equal to the bit.
 */
const block = await blockOfProcessor();
const stream = (...path: (string | number)[]) => new RandomStream('onnx blocked', ...path);
const batchLast = (graph: Graph, x: Value) => graph.transpose(x, 1, 2, 3, 0);
const batchFirst = (graph: Graph, x: Value) => graph.transpose(x, 3, 0, 1, 2);

if (block === undefined) process.stderr.write('This processor has no kernels for blocked images: not tested.\n');

describe.skipIf(block === undefined)('convolution of blocked images', () => {
  const of = block ?? 16;
  const windows = (largestStride: number) =>
    fc
      .record({
        kernel: fc.integer({ min: 1, max: 5 }),
        stride: fc.integer({ min: 1, max: largestStride }),
        padDraw: fc.nat(),
        extra: fc.nat(6),
        batches: fc.integer({ min: 1, max: 2 }),
        groups: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 2 }),
        filters: fc.integer({ min: 1, max: 3 }),
        seed: fc.nat(),
      })
      .map(({ kernel, stride, padDraw, extra, batches, groups, channels, filters, seed }) => {
        const pad = padDraw % kernel;
        const rows = Math.max(1, kernel - 2 * pad) + extra;
        const outputRows = Math.floor((rows + 2 * pad - kernel) / stride) + 1;
        const sides = { kernel, stride, pad, rows, outputRows, groups, seed, block: of, batch: batches * of };
        return { ...sides, channels: channels * groups * of, filters: filters * groups * of };
      });
  type Shape = blockedConvolution.BlockedConvolution & { readonly seed: number };
  const inputs = ({ batch, channels, filters, rows, outputRows, kernel, groups, seed }: Shape) => {
    const random = stream('convolution', seed);
    return {
      x: onnx.wholeNumbers([batch, channels, rows, rows], random),
      weight: onnx.wholeNumbers([filters, channels / groups, kernel, kernel], random),
      bias: onnx.wholeNumbers([filters], random),
      dy: onnx.wholeNumbers([batch, filters, outputRows, outputRows], random),
    };
  };

  it('and its gradients equal those of other images, for any kernel, pad and groups', async () => {
    await fc.assert(
      fc.asyncProperty(windows(1), async (shape) => {
        const actual = await onnx.run('float32', inputs(shape), (graph, { x, weight, bias, dy }) => {
          const filters = blockedConvolution.filtersInBlocks(graph, shape, weight);
          const [blockedX, blockedDy] = [toBlocked(graph, x), toBlocked(graph, dy)];
          const y = blockedConvolution.forward(graph, shape, blockedX, filters, bias);
          const dx = blockedConvolution.inputGradient(graph, shape, filters, blockedDy);
          return {
            y: fromBlocked(graph, y, shape.filters),
            dx: fromBlocked(graph, dx, shape.channels),
            dweight: blockedConvolution.weightGradient(graph, shape, blockedX, blockedDy),
            dbias: blockedConvolution.biasGradient(graph, shape, blockedDy),
          };
        });
        expect(actual).toEqual(await expected(shape, true));
      }),
      { numRuns: 40 },
    );
  });

  it('of the first layer reads plain images, with any stride', async () => {
    await fc.assert(
      fc.asyncProperty(windows(4), async (window) => {
        const shape = { ...window, groups: 1, channels: 3 };
        const actual = await onnx.run('float32', inputs(shape), (graph, { x, weight, bias, dy }) => {
          const filters = blockedConvolution.filtersInBlocks(graph, shape, weight);
          const blockedDy = toBlocked(graph, dy);
          const y = blockedConvolution.forward(graph, shape, x, filters, bias);
          return {
            y: fromBlocked(graph, y, shape.filters),
            dweight: blockedConvolution.weightGradient(graph, shape, x, blockedDy),
            dbias: blockedConvolution.biasGradient(graph, shape, blockedDy),
          };
        });
        expect(actual).toEqual(await expected(shape, false));
      }),
      { numRuns: 40 },
    );
  });

  async function expected(shape: Shape, needX: boolean): Promise<Record<string, Float64Array>> {
    const { dx, ...others } = await onnx.run('float32', inputs(shape), (graph, { x, weight, bias, dy }) => {
      const [lastX, lastDy] = [batchLast(graph, x), batchLast(graph, dy)];
      return {
        y: batchFirst(graph, convolution.forward(graph, shape, lastX, weight, bias)),
        dx: batchFirst(graph, convolution.inputGradient(graph, shape, weight, lastDy)),
        dweight: convolution.weightGradientBySlices(graph, shape, lastX, lastDy),
        dbias: convolution.biasGradient(graph, lastDy),
      };
    });
    return needX ? { dx, ...others } : others;
  }
});

describe.skipIf(block === undefined)('other layers on blocked images', () => {
  const of = block ?? 16;
  it.each(['max', 'average'] as const)('pooling by the %s equals that of other images, ties included', async (mode) => {
    for (const [kernel, stride, pad, rows] of [
      [3, 2, 1, 8],
      [3, 2, 0, 7],
      [2, 2, 0, 6],
      [2, 3, 1, 7],
      [3, 1, 1, 5],
    ]) {
      const outputRows = Math.floor((rows + 2 * pad - kernel) / stride) + 1;
      const sides = [rows, outputRows].map((side) => [2 * of, side, side]);
      const shape = { ...pooling.poolingOf({ mode, kernel, stride, pad }, sides[0], sides[1]), batch: 3, block: of };
      const random = stream('pooling', mode, kernel, stride);
      const x = onnx.wholeNumbers([3, 2 * of, rows, rows], random);
      const dy = onnx.wholeNumbers([3, 2 * of, outputRows, outputRows], random);
      const { y, dx, blockedY, blockedDx } = await onnx.run('float32', { x, dy }, (graph, input) => {
        const lastX = batchLast(graph, input.x);
        const pooled = pooling.forward(graph, shape, lastX);
        const blockedX = toBlocked(graph, input.x);
        const blockedPooled = pooling.blockedForward(graph, shape, blockedX);
        const dy = toBlocked(graph, input.dy);
        const back = pooling.blockedBackward(graph, shape, blockedX, blockedPooled, dy);
        return {
          y: batchFirst(graph, pooled.y),
          dx: batchFirst(graph, backward(graph, { ...shape, together: 3 }, lastX, pooled, batchLast(graph, input.dy))),
          blockedY: fromBlocked(graph, blockedPooled.y, shape.channels),
          blockedDx: fromBlocked(graph, back, shape.channels),
        };
      });
      expect(onnx.relativeError(blockedY, y)).toBeLessThan(mode === 'max' ? 1e-30 : 1e-6);
      expect(onnx.relativeError(blockedDx, dx)).toBeLessThan(mode === 'max' ? 1e-30 : 1e-6);
    }
  });

  it('LRN and its gradient equal those of other images across the borders of blocks', async () => {
    const parameters = { size: 5, alpha: 1.5, beta: 0.75, k: 2 };
    const shape = [2 * of, 3, 3] as const;
    const random = stream('lrn');
    const values = { x: onnx.gaussians([2, ...shape], random), dy: onnx.gaussians([2, ...shape], random) };
    const { y, dx, blockedY, blockedDx } = await onnx.run('float32', values, (graph, input) => {
      const lastX = batchLast(graph, input.x);
      const normalised = lrn.forward(graph, parameters, shape, lastX);
      const product = lrn.blockedBandProduct(of);
      const blockedX = toBlocked(graph, input.x);
      const blocked = lrn.forward(graph, parameters, shape, blockedX, product);
      const blockedDy = toBlocked(graph, input.dy);
      const back = lrn.backward(graph, parameters, shape, blockedX, blocked, blockedDy, product);
      return {
        y: batchFirst(graph, normalised.y),
        dx: batchFirst(graph, lrn.backward(graph, parameters, shape, lastX, normalised, batchLast(graph, input.dy))),
        blockedY: fromBlocked(graph, blocked.y, 2 * of),
        blockedDx: fromBlocked(graph, back, 2 * of),
      };
    });
    expect(onnx.relativeError(blockedY, y)).toBeLessThan(1e-6);
    expect(onnx.relativeError(blockedDx, dx)).toBeLessThan(1e-6);
  });
});

describe('which networks are blocked', () => {
  const conv = (filters: number, rest: Partial<Extract<NetworkInput['layers'][number], { type: 'conv' }>> = {}) =>
    ({ type: 'conv', name: `conv${filters}`, filters, kernel: 3, pad: 1, ...rest }) as const;
  const canBe = (batch: number, ...layers: NetworkInput['layers'][number][]) =>
    canBeBlocked(networkOf(8, [...layers, { type: 'dense', name: 'last' }], 3), batch, 16);

  it('are those of whole blocks of filters, read by whole blocks of images', () => {
    expect(canBe(32, conv(32), conv(48))).toBe(true);
    expect(canBe(32, conv(32, { stride: 2 }), conv(64, { groups: 2 }))).toBe(true);
    expect(canBe(20, conv(32), conv(48))).toBe(false);
    expect(canBe(32, conv(20), conv(48))).toBe(false);
    expect(canBe(32, conv(32), conv(48, { stride: 2 }))).toBe(false);
    expect(canBe(32, conv(16), conv(48, { groups: 2 }))).toBe(false);
    expect(canBe(32, conv(32), conv(48, { kernel: 1, pad: 1 }))).toBe(false);
    expect(canBe(32, { type: 'dense', name: 'fc1', units: 32 })).toBe(false);
  });

  it.skipIf(block === undefined)('have no convolution left that is not blocked', () => {
    const network = networkOf(8, [conv(32), { type: 'relu' }, conv(64), { type: 'dense', name: 'last' }], 3);
    const graph = stepGraph(network, 32, 0, blockedLayout(network, { block: block! }));
    // Forward of both, their weights' gradients, and the gradient of what conv64 reads: of conv64 by tiles.
    expect(graph.operators().get('com.microsoft.nchwc.Conv')).toBe(2);
    expect(graph.operators().get('com.microsoft.FusedMatMul')).toBe(4);
    expect(graph.operators().get('Conv')).toBeUndefined();
  });
});
