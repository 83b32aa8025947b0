import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../src-main/engine/onnx/graph.ts';
import * as convolution from '../../src-main/engine/onnx/layers/convolution/batch-last.ts';
import type { BlockedConvolution } from '../../src-main/engine/onnx/layers/convolution/blocked.ts';
import { isFasterBySpectrum, spectralConvolution } from '../../src-main/engine/onnx/layers/convolution/spectral.ts';
import { fromBlocked, toBlocked } from '../../src-main/engine/onnx/layers/layer.ts';
import { blockOfProcessor } from '../../src-main/engine/onnx/session.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';

/** Against the batch-last operators, which onnx-operators.test.ts holds against their definitions and finite differences. */
const block = await blockOfProcessor();
const of = block ?? 16;
/** Of the largest number. */
const ROUNDING = 3e-6;

if (block === undefined) process.stderr.write('This processor has no kernels for blocked images: not tested.\n');

type Shape = BlockedConvolution & { readonly seed: number };

const shapes: fc.Arbitrary<Shape> = fc
  .record({
    kernel: fc.integer({ min: 1, max: 6 }),
    padDraw: fc.nat(),
    extra: fc.nat(9),
    batch: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ kernel, padDraw, extra, batch, channels, filters, seed }) => {
    const pad = padDraw % kernel;
    const rows = Math.max(1, kernel - 2 * pad) + extra;
    const sides = { kernel, stride: 1, pad, rows, outputRows: rows + 2 * pad - kernel + 1, groups: 1 };
    return { ...sides, channels: channels * of, filters: filters * of, batch, block: of, seed };
  });

function inputs({ batch, channels, filters, rows, outputRows, kernel, seed }: Shape) {
  const random = new RandomStream('onnx spectral', seed);
  return {
    x: onnx.gaussians([batch, channels, rows, rows], random),
    weight: onnx.gaussians([filters, channels, kernel, kernel], random),
    bias: onnx.gaussians([filters], random),
    dy: onnx.gaussians([batch, filters, outputRows, outputRows], random),
  };
}

const spectral =
  (shape: Shape) =>
  (graph: Graph, { x, weight, bias, dy }: Record<string, Value>) => {
    const value = spectralConvolution(graph, shape, toBlocked(graph, x), { weight, bias });
    const gradients = value.backward(toBlocked(graph, dy), [true]);
    return {
      y: fromBlocked(graph, value.y, shape.filters),
      dx: fromBlocked(graph, gradients.inputs[0]!, shape.channels),
      dweight: gradients.parameters!.weight!,
      dbias: gradients.parameters!.bias!,
    };
  };

function direct(shape: Shape): ReturnType<typeof onnx.run<'y' | 'dx' | 'dweight' | 'dbias'>> {
  return onnx.run('float32', inputs(shape), (graph, { x, weight, bias, dy }) => {
    const [lastX, lastDy] = [x, dy].map((value) => graph.transpose(value, 1, 2, 3, 0));
    const batchFirst = (value: Value) => graph.transpose(value, 3, 0, 1, 2);
    return {
      y: batchFirst(convolution.forward(graph, shape, lastX, weight, bias)),
      dx: batchFirst(convolution.inputGradient(graph, shape, weight, lastDy)),
      dweight: convolution.weightGradientBySlices(graph, shape, lastX, lastDy),
      dbias: convolution.biasGradient(graph, lastDy),
    };
  });
}

describe.skipIf(block === undefined)('convolution by spectra', () => {
  it('and its gradients equal those of the direct kernels, for any kernel, pad and image', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const [actual, expected] = await Promise.all([
          onnx.run('float32', inputs(shape), spectral(shape)),
          direct(shape),
        ]);
        for (const name of ['y', 'dx', 'dweight', 'dbias'] as const)
          expect(onnx.relativeError(actual[name], expected[name]), name).toBeLessThan(ROUNDING);
      }),
      { numRuns: 40 },
    );
  });

  it('has the same bytes for any number of threads', async () => {
    const sides = { kernel: 5, stride: 1, pad: 2, rows: 16, outputRows: 16, groups: 1, block: of, seed: 1 };
    const shape = { ...sides, channels: 4 * of, filters: 8 * of, batch: 2 * of };
    expect(isFasterBySpectrum(shape)).toBe(true);
    const digests = [1, 2, 3, 8].map(async (threads) => {
      const { y, dx, dweight, dbias } = await onnx.run('float32', inputs(shape), spectral(shape), threads);
      return onnx.digest(y, dx, dweight, dbias);
    });
    expect(new Set(await Promise.all(digests)).size).toBe(1);
  });

  it('is left alone where it does not pay', () => {
    const sides = { kernel: 3, stride: 1, pad: 1, rows: 8, outputRows: 8, groups: 1, block: of, batch: 32 };
    const shape = { ...sides, channels: 96, filters: 96 };
    expect(isFasterBySpectrum(shape)).toBe(true);
    for (const other of [
      { stride: 2 },
      { groups: 2 },
      { kernel: 1, pad: 0 },
      { rows: 27, outputRows: 27, channels: 8 },
    ])
      expect(isFasterBySpectrum({ ...shape, ...other }), JSON.stringify(other)).toBe(false);
  });

  it('is left alone where so few weights are shared by threads that their number would show', () => {
    const sides = { kernel: 5, stride: 1, pad: 2, rows: 16, outputRows: 16, groups: 1, block: of, batch: 32 };
    expect(isFasterBySpectrum({ ...sides, channels: 16, filters: 64 })).toBe(false);
    expect(isFasterBySpectrum({ ...sides, channels: 16, filters: 80 })).toBe(true);
  });
});
