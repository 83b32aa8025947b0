import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../src-main/engine/onnx/graph.ts';
import * as convolution from '../../src-main/engine/onnx/layers/convolution/batch-last.ts';
import * as dense from '../../src-main/engine/onnx/layers/dense.ts';
import * as dropout from '../../src-main/engine/onnx/layers/dropout.ts';
import * as lrn from '../../src-main/engine/onnx/layers/lrn.ts';
import { matrixProduct } from '../../src-main/engine/onnx/layers/matrix-product.ts';
import { forward as poolForward, poolingOf } from '../../src-main/engine/onnx/layers/pooling.ts';
import { backward as poolBackward } from '../../src-main/engine/onnx/layers/pooling-gradient.ts';
import * as relu from '../../src-main/engine/onnx/layers/relu.ts';
import { softmaxCrossEntropy } from '../../src-main/engine/onnx/layers/softmax-cross-entropy.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';
import { convolve, pool, windowPixels, type SquarePooling } from './onnx-windows.ts';

const stream = (...path: (string | number)[]) => new RandomStream('onnx operators', ...path);

const batchLast = (graph: Graph, x: Value) => graph.transpose(x, 1, 2, 3, 0);
const batchFirst = (graph: Graph, x: Value) => graph.transpose(x, 3, 0, 1, 2);

/** Windows that fit, with every combination of stride, pad and rest that no window reaches. */
const windows = (largestKernel: number, padBelow: (kernel: number) => number) =>
  fc
    .tuple(fc.integer({ min: 1, max: largestKernel }), fc.integer({ min: 1, max: 3 }), fc.nat(), fc.nat(5), fc.nat())
    .map(([kernel, stride, padDraw, extra, seed]) => {
      const pad = padDraw % padBelow(kernel);
      const rows = Math.max(1, kernel - 2 * pad) + extra;
      const outputRows = Math.floor((rows + 2 * pad - kernel) / stride) + 1;
      return { kernel, stride, pad, rows, outputRows, seed };
    });

describe('a matrix product', () => {
  const sizes = [
    [50, 128, 512],
    [2, 96, 700],
    [80, 300, 400],
    [300, 80, 400],
    [1, 5, 3],
  ] as const;
  it.each(sizes)('of %i x %i with a sum of %i has the same bytes for any number of threads', async (...size) => {
    const [rows, columns, inner] = size;
    const random = stream('product', rows);
    const a = onnx.gaussians([rows, inner], random);
    const b = onnx.gaussians([inner, columns], random);
    const product = (threads: number, transposed: boolean) =>
      onnx.run(
        'float32',
        { a, b },
        (graph, input) => {
          const matrix = (value: Value) => ({ value: transposed ? graph.transpose(value, 1, 0) : value, transposed });
          return { y: matrixProduct(graph, matrix(input.a), matrix(input.b), [rows, columns]) };
        },
        threads,
      );
    const expected = Float64Array.from({ length: rows * columns }, (_, position) => {
      const [row, column] = [Math.floor(position / columns), position % columns];
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a.data[row * inner + k] * b.data[k * columns + column];
      return sum;
    });
    for (const transposed of [false, true]) {
      const { y } = await product(1, transposed);
      expect(onnx.relativeError(y, expected)).toBeLessThan(1e-5);
      for (const threads of [2, 3, 8]) expect(onnx.digest((await product(threads, transposed)).y)).toBe(onnx.digest(y));
    }
  });
});

describe('convolution', () => {
  const shapes = fc
    .tuple(
      windows(4, (kernel) => kernel + 2),
      fc.record({ batch: fc.integer({ min: 1, max: 3 }), groups: fc.integer({ min: 1, max: 3 }) }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 2 }),
    )
    .map(([window, { batch, groups }, channels, filters]) => {
      return { ...window, batch, groups, channels: channels * groups, filters: filters * groups };
    });

  it('equals its definition and has exactly the gradients that finite differences give, for any stride, pad and groups', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { batch, channels, rows, filters, outputRows, kernel, groups, seed } = shape;
        const random = stream('convolution', seed);
        const x = onnx.wholeNumbers([batch, channels, rows, rows], random);
        const weight = onnx.wholeNumbers([filters, channels / groups, kernel, kernel], random);
        const bias = onnx.wholeNumbers([filters], random);
        const dy = onnx.wholeNumbers([batch, filters, outputRows, outputRows], random);
        const actual = await onnx.run('float32', { x, weight, bias, dy }, (graph, input) => {
          const [lastX, lastDy] = [batchLast(graph, input.x), batchLast(graph, input.dy)];
          return {
            y: batchFirst(graph, convolution.forward(graph, shape, lastX, input.weight, input.bias)),
            dx: batchFirst(graph, convolution.inputGradient(graph, shape, input.weight, lastDy)),
            dweight: convolution.weightGradientByConvolution(graph, shape, batch, lastX, lastDy),
            dweightBySlices: convolution.weightGradientBySlices(graph, shape, lastX, lastDy),
            dbias: convolution.biasGradient(graph, lastDy),
          };
        });
        expect(actual.y).toEqual(convolve(shape, x.data, weight.data, bias.data));
        // The sum of dy * y is linear in each of x, weight and bias: differences of whole numbers have no error.
        const weighted = () => onnx.dot(dy.data, convolve(shape, x.data, weight.data, bias.data));
        expect(actual.dx).toEqual(await onnx.centralDifferences(x.data, 1, weighted));
        expect(actual.dweight).toEqual(await onnx.centralDifferences(weight.data, 1, weighted));
        expect(actual.dweightBySlices).toEqual(actual.dweight);
        expect(actual.dbias).toEqual(await onnx.centralDifferences(bias.data, 1, weighted));
      }),
      { numRuns: 60 },
    );
  });
});

describe('pooling', () => {
  const shapes = (mode: 'max' | 'average') =>
    fc
      .tuple(
        windows(4, (kernel) => kernel),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
      )
      .map(([window, batch, channels]) => ({ ...window, batch, channels, mode }));
  const runPooling = async (windows: SquarePooling & { readonly batch: number }, x: onnx.Numbers, dy: onnx.Numbers) => {
    const { channels, rows, outputRows, batch } = windows;
    const sides = (of: number) => [channels, of, of];
    const shape = { ...poolingOf(windows, sides(rows), sides(outputRows)), together: batch };
    const { y, dx } = await onnx.run('float32', { x, dy }, (graph, input) => {
      const lastX = batchLast(graph, input.x);
      const pooled = poolForward(graph, shape, lastX);
      const dx = poolBackward(graph, shape, lastX, pooled, batchLast(graph, input.dy));
      return { y: batchFirst(graph, pooled.y), dx: batchFirst(graph, dx) };
    });
    // -0 is 0: a pixel that takes none of a negative gradient.
    return { y, dx: dx.map((value) => value + 0) };
  };

  it('by the maximum has exactly the gradient that finite differences give', async () => {
    await fc.assert(
      fc.asyncProperty(shapes('max'), async (shape) => {
        const random = stream('maximum', shape.seed);
        const x = onnx.distinctNumbers([shape.batch, shape.channels, shape.rows, shape.rows], random);
        const dy = onnx.wholeNumbers([shape.batch, shape.channels, shape.outputRows, shape.outputRows], random);
        const actual = await runPooling(shape, x, dy);
        expect(actual.y).toEqual(pool(shape, x.data));
        // Below half the distance of the values, no other one becomes the maximum.
        const weighted = () => onnx.dot(dy.data, pool(shape, x.data));
        expect(actual.dx).toEqual(await onnx.centralDifferences(x.data, 0.25, weighted));
      }),
      { numRuns: 60 },
    );
  });

  it('gives the gradient to the first of equal maxima in row-major order', async () => {
    await fc.assert(
      fc.asyncProperty(shapes('max'), async (shape) => {
        const { batch, channels, rows, outputRows, seed } = shape;
        const random = stream('ties', seed);
        const x = onnx.numbers([batch, channels, rows, rows], () => random.integer(2));
        const dy = onnx.wholeNumbers([batch, channels, outputRows, outputRows], random);
        const expected = new Float64Array(x.data.length);
        dy.data.forEach((value, position) => {
          const plane = Math.floor(position / outputRows ** 2);
          const [r, c] = [Math.floor(position / outputRows) % outputRows, position % outputRows];
          const places = windowPixels(shape, r, c).map(([p, q]) => (plane * rows + p) * rows + q);
          expected[places.find((place) => places.every((other) => x.data[other] <= x.data[place]))!] += value;
        });
        expect((await runPooling(shape, x, dy)).dx).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('by the mean counts only pixels inside the image, forwards and backwards', async () => {
    await fc.assert(
      fc.asyncProperty(shapes('average'), async (shape) => {
        const random = stream('mean', shape.seed);
        const x = onnx.wholeNumbers([shape.batch, shape.channels, shape.rows, shape.rows], random);
        const dy = onnx.wholeNumbers([shape.batch, shape.channels, shape.outputRows, shape.outputRows], random);
        const actual = await runPooling(shape, x, dy);
        expect(onnx.largestDifference(actual.y, pool(shape, x.data))).toBeLessThan(3e-6);
        const weighted = () => onnx.dot(dy.data, pool(shape, x.data));
        const expected = await onnx.centralDifferences(x.data, 1, weighted);
        expect(onnx.largestDifference(actual.dx, expected)).toBeLessThan(3e-6);
      }),
      {
        numRuns: 40,
        // dy whose sum is 0, in windows that take the whole image: every gradient is 0 but for rounding, so that no error is
        // small beside it.
        examples: [
          [
            {
              ...{ kernel: 4, stride: 1, pad: 1, rows: 3, outputRows: 2, seed: 2019785903 },
              ...{ batch: 1, channels: 1, mode: 'average' },
            },
          ],
        ],
      },
    );
  });
});

/** Checks the gradients d<name> that a float64 graph gives against differences of its own loss, to 1e-7. */
async function expectGradients(
  inputs: Record<string, onnx.Numbers>,
  build: (graph: Graph, inputs: Record<string, Value>) => Record<string, Value> & { y: Value },
): Promise<void> {
  const evaluate = await onnx.compile('float64', inputs, build);
  const { y: _, ...gradients } = await evaluate(inputs);
  const weighted = async () => onnx.dot(inputs.dy.data, (await evaluate(inputs)).y);
  for (const [name, gradient] of Object.entries<Float64Array>(gradients)) {
    const expected = await onnx.centralDifferences(inputs[name.slice(1)].data, 1e-4, weighted);
    expect(onnx.relativeError(gradient, expected), name).toBeLessThan(1e-7);
  }
}

describe('in float64, gradients agree with finite differences to 1e-7', () => {
  it('of a dense layer', async () => {
    const random = stream('dense');
    const shape = { inputs: 5, units: 4 };
    const inputs = { x: onnx.gaussians([5, 3], random), weight: onnx.gaussians([4, 5], random) };
    const rest = { bias: onnx.gaussians([4], random), dy: onnx.gaussians([4, 3], random) };
    await expectGradients({ ...inputs, ...rest }, (graph, input) => ({
      y: dense.forward(graph, shape, 3, input.x, input.weight, input.bias),
      dx: dense.inputGradient(graph, shape, 3, input.weight, input.dy),
      dweight: dense.weightGradient(graph, shape, 5, input.x, input.dy),
      dbias: dense.biasGradient(graph, input.dy),
    }));
  });

  it('of ReLU', async () => {
    const random = stream('relu');
    const inputs = { x: onnx.gaussians([4, 6], random), dy: onnx.gaussians([4, 6], random) };
    await expectGradients(inputs, (graph, { x, dy }) => {
      const y = relu.forward(graph, x);
      return { y, dx: relu.backward(graph, y, dy) };
    });
  });

  it('of dropout', async () => {
    const random = stream('dropout');
    const inputs = { x: onnx.gaussians([4, 6], random), dy: onnx.gaussians([4, 6], random) };
    const mask = onnx.numbers([4, 6], () => 2 * random.integer(2));
    await expectGradients({ ...inputs, mask }, (graph, input) => ({
      y: dropout.forward(graph, input.x, input.mask),
      dx: dropout.backward(graph, input.mask, input.dy),
    }));
  });

  // Large alphas: with the paper's 1e-4 the normalisation would hardly show in the gradient.
  const lrns = fc.record({
    size: fc.constantFrom(1, 3, 5, 9),
    alpha: fc.constantFrom(0.1, 1, 3),
    beta: fc.constantFrom(0.5, 0.75, 1, 1.3),
    k: fc.constantFrom(1, 2),
  });
  it('of LRN, for windows of any size and other powers than the paper’s', async () => {
    await fc.assert(
      fc.asyncProperty(lrns, fc.integer({ min: 1, max: 7 }), fc.nat(), async (parameters, channels, seed) => {
        const random = stream('lrn', seed);
        const shape = [channels, 2, 1, 3] as const;
        const inputs = { x: onnx.gaussians(shape, random), dy: onnx.gaussians(shape, random) };
        await expectGradients(inputs, (graph, { x, dy }) => {
          const normalised = lrn.forward(graph, parameters, [channels, 2, 1], x);
          return { y: normalised.y, dx: lrn.backward(graph, parameters, [channels, 2, 1], x, normalised, dy) };
        });
      }),
      { numRuns: 20 },
    );
  });

  it('of softmax cross-entropy', async () => {
    const logits = onnx.gaussians([5, 4], stream('softmax'));
    const dy = onnx.numbers([], () => 1);
    await expectGradients({ logits, dy }, (graph, input) => {
      const result = softmaxCrossEntropy.forward(graph, input.logits, graph.int32([3, 0, 4, 3], [4, 1]), 5);
      return { y: result.loss, dlogits: softmaxCrossEntropy.backward(graph, 4, result, 5) };
    });
  });
});

describe('LRN', () => {
  it('equals its definition', async () => {
    const [channels, parameters] = [6, { size: 5, alpha: 1, beta: 0.75, k: 2 }];
    const x = onnx.gaussians([channels, 1, 1, 1], stream('lrn definition'));
    const expected = x.data.map((value, channel) => {
      const neighbours = x.data.subarray(Math.max(0, channel - 2), channel + 3);
      return value * (2 + onnx.dot(neighbours, neighbours) / 5) ** -0.75;
    });
    const { y } = await onnx.run('float64', { x }, (graph, input) => ({
      y: lrn.forward(graph, parameters, [channels, 1, 1], input.x).y,
    }));
    expect(onnx.relativeError(y, expected)).toBeLessThan(1e-14);
  });
});

describe('softmax cross-entropy', () => {
  it('gives loss, gradient and the number of correct answers, the first of equal logits counting', async () => {
    const logits = onnx.numbers([2, 3], (index) => [5, 5, -800, 5, 5, 800][index]);
    const { loss, correct, dlogits } = await onnx.run('float32', { logits }, (graph, input) => {
      const result = softmaxCrossEntropy.forward(graph, input.logits, graph.int32([0, 1, 1], [3, 1]), 2);
      return {
        loss: result.loss,
        correct: graph.cast(result.correct),
        dlogits: softmaxCrossEntropy.backward(graph, 3, result, 2),
      };
    });
    expect(loss[0]).toBeCloseTo((2 * Math.log(2)) / 3, 6);
    expect([...correct]).toEqual([2]);
    [-1 / 6, 1 / 6, 0, 1 / 6, -1 / 6, 0].forEach((expected, i) => expect(dlogits[i]).toBeCloseTo(expected, 6));
  });
});
