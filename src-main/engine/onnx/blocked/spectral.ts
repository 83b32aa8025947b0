import type { Graph, Value } from '../graph.ts';
import { BOTH, type LayerParameters, type LayerValue } from '../layers.ts';
import type { BlockedConvolution } from './convolution.ts';
import { fromBlocked } from './layout.ts';

/**
 * A convolution of stride 1 and its gradients by way of the discrete Fourier transform (Mathieu, Henaff, LeCun, ICLR 2014):
 * transforms of images, filters and dy are made once, and each of y, dx and dw is a product of two of them, frequency by
 * frequency, small matrices of images, channels and filters. With L frequencies in both directions, theta = 2 pi f / L,
 *
 *     X(f) = sum over s of x[s] e^(-i theta s)         W(f) = sum over u of w[u] e^(+i theta (u - pad))
 *
 *     y  <->  X W^T        dx  <->  dY conj(W)        dw[u] = 1 / L^2 sum over f of (dY^H X)(f) e^(+i theta (u - pad))
 *
 * with the sums over both directions. y[r] takes x[r + u - pad], from -pad to rows - 1 + pad; a period of L = rows + pad is
 * enough that what comes round lands outside of the image, where x is zero. Images are real, so X(-f) = conj X(f): of the
 * frequencies along a row the first half is computed.
 *
 * Measured against the direct kernels (one thread, AVX2, batch 32; y, dx and dw together): 0.4 of the time for 5x5 on
 * 16x16 with 32 -> 64 and 64 -> 128 channels, 0.7 for 3x3 on 8x8 with 96 -> 96, 0.85 with 192 -> 192. Rounding: 5e-7 of
 * the largest number.
 */
export function spectralConvolution(
  graph: Graph,
  shape: BlockedConvolution,
  x: Value,
  { weight, bias }: LayerParameters,
): LayerValue {
  const { channels, filters, rows, outputRows } = shape;
  const imagesX = withSum(graph, spectrumOfImages(graph, shape, x, channels, rows));
  const factorW = spectrumOfFilters(graph, shape, weight);
  const spectrumOfY = product(graph, imagesX, factorW, (ofX, ofW) => graph.stackedProduct(ofX, ofW, { b: true }));
  return {
    y: blockedImages(graph, shape, spectrumOfY, filters, outputRows, bias),
    backward: (dy, needX, learns = BOTH) => {
      const imagesDy = withSum(graph, spectrumOfImages(graph, shape, dy, filters, outputRows));
      const dx = () => conjugateProduct(graph, imagesDy, factorW, (ofDy, ofW) => graph.stackedProduct(ofDy, ofW));
      const dw = () =>
        conjugateProduct(graph, imagesX, turnedFactor(graph, imagesDy), (ofX, ofDy) => graph.stackedProduct(ofDy, ofX));
      return {
        x: needX ? blockedImages(graph, shape, dx(), channels, rows) : undefined,
        parameters: {
          weight: learns.weight ? filtersOf(graph, shape, dw()) : undefined,
          bias: learns.bias ? sumOfPixels(graph, imagesDy) : undefined,
        },
      };
    },
  };
}

/**
 * Whether that takes fewer operations than the direct kernels, of which these do two in the time of one of its small
 * products.
 */
export function isFasterBySpectrum(shape: BlockedConvolution): boolean {
  const { channels, filters, rows, outputRows, kernel, stride, groups, batch } = shape;
  if (stride !== 1 || groups !== 1) return false;
  const { all, half } = frequencies(shape);
  const taps = kernel * kernel;
  const direct = 3 * 2 * taps * outputRows ** 2 * batch * channels * filters;
  const products = 3 * 8 * all * half * batch * channels * filters;
  const ofFilters = 2 * 4 * taps * all * half * channels * filters;
  const ofImages = 2 * 4 * half * rows * (rows + 2 * all) * batch * (channels + filters);
  return 2 * (products + ofFilters + ofImages) < direct;
}

/** [all x half, ...]: real and imaginary part of each frequency, those along columns first. */
interface Spectrum {
  readonly real: Value;
  readonly imaginary: Value;
}

interface SpectrumWithSum extends Spectrum {
  /** real + imaginary */
  readonly sum: Value;
}

/** The other factor of a product. */
interface Factor {
  readonly real: Value;
  /** real + imaginary */
  readonly sum: Value;
  /** imaginary - real */
  readonly difference: Value;
}

/** Along columns and along rows. */
const frequencies = ({ rows, pad }: BlockedConvolution) => {
  const all = rows + pad;
  return { all, half: Math.floor(all / 2) + 1 };
};

/** f(theta t) for `count` frequencies of a period, [count, places]. */
function waves(f: (angle: number) => number, period: number, count: number, places: readonly number[]): number[][] {
  return Array.from({ length: count }, (_, frequency) =>
    // A multiple of the period less keeps the angle, and its rounding, small.
    places.map((place) => f((2 * Math.PI * ((frequency * place) % period)) / period)),
  );
}

const upTo = (size: number): number[] => Array.from({ length: size }, (_, index) => index);
const matrix = (graph: Graph, rows: readonly (readonly number[])[]): Value =>
  graph.constant(Float64Array.from(rows.flat()), [rows.length, rows[0].length]);
const negative = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => -value));
const turned = (rows: readonly (readonly number[])[]) => rows[0].map((_, index) => rows.map((row) => row[index]));

/** a b, or a b^T with `turned`, plus what is added. */
const gemm = (graph: Graph, a: Value, b: Value, { transB = 0, plus }: { transB?: 0 | 1; plus?: Value } = {}): Value =>
  graph.node('Gemm', plus === undefined ? [a, b] : [a, b, plus], { transB });

/** [all x half, N, channels] of blocked images; rows, then columns, each turned to the front by its product. */
function spectrumOfImages(
  graph: Graph,
  shape: BlockedConvolution,
  images: Value,
  channels: number,
  rows: number,
): Spectrum {
  const { all, half } = frequencies(shape);
  const cosine = waves(Math.cos, all, all, upTo(rows));
  const sine = waves(Math.sin, all, all, upTo(rows));
  const lines = graph.reshape(fromBlocked(graph, images, channels), -1, rows);
  const alongRows = (wave: readonly (readonly number[])[]) =>
    graph.reshape(gemm(graph, matrix(graph, wave.slice(0, half)), lines, { transB: 1 }), -1, rows);
  // e^(-i theta s) = cos - i sin
  const [real, imaginary] = [alongRows(cosine), alongRows(negative(sine))];
  const alongColumns = (ofReal: readonly (readonly number[])[], ofImaginary: readonly (readonly number[])[]) => {
    const first = gemm(graph, matrix(graph, ofReal), real, { transB: 1 });
    const both = gemm(graph, matrix(graph, ofImaginary), imaginary, { transB: 1, plus: first });
    return graph.reshape(both, all * half, -1, channels);
  };
  return { real: alongColumns(cosine, sine), imaginary: alongColumns(negative(sine), cosine) };
}

/** The blocked images that have a spectrum [all x half, N, channels]: columns, then rows, of real numbers. */
function blockedImages(
  graph: Graph,
  shape: BlockedConvolution,
  { real, imaginary }: Spectrum,
  channels: number,
  rows: number,
  bias?: Value,
): Value {
  const { block } = shape;
  const { all, half } = frequencies(shape);
  const cosine = waves(Math.cos, all, all, upTo(rows));
  const sine = waves(Math.sin, all, all, upTo(rows));
  // e^(+i theta s) = cos + i sin; of each row of the result, real parts stand before imaginary ones.
  const parts = (ofReal: readonly (readonly number[])[], ofImaginary: readonly (readonly number[])[]) =>
    matrix(
      graph,
      turned(ofReal).flatMap((row, place) => [row, turned(ofImaginary)[place]]),
    );
  const ofReal = gemm(graph, parts(cosine, sine), graph.reshape(real, all, -1));
  const columns = gemm(graph, parts(negative(sine), cosine), graph.reshape(imaginary, all, -1), { plus: ofReal });
  const weights = weightsOfHalf(all, half);
  const weighted = (wave: readonly (readonly number[])[]) =>
    weights.map((weight, frequency) => wave[frequency].map((value) => weight * value));
  const rowsOfWaves = matrix(graph, turned([...weighted(cosine), ...weighted(negative(sine))]));
  const lines = graph.node('MatMul', [rowsOfWaves, graph.reshape(columns, rows, 2 * half, -1)]);
  const pixels = graph.reshape(lines, rows * rows, -1, channels);
  const withBias = bias === undefined ? pixels : graph.node('Add', [pixels, bias]);
  const apart = graph.reshape(withBias, rows * rows, -1, channels / block, block);
  return graph.reshape(graph.transpose(apart, 1, 2, 0, 3), -1, channels, rows, rows);
}

/** 1 / L^2 for what stands for itself, twice that for what stands for -f too. */
const weightsOfHalf = (all: number, half: number): number[] =>
  upTo(half).map((frequency) => (frequency === 0 || 2 * frequency === all ? 1 : 2) / all ** 2);

/** f(theta (u - pad)) over both directions, [all x half, kernel^2]. */
function tapWaves(shape: BlockedConvolution): Record<'cosine' | 'sine', number[][]> {
  const { kernel, pad } = shape;
  const { all, half } = frequencies(shape);
  const taps = upTo(kernel).map((u) => u - pad);
  const of = (f: (angle: number) => number) =>
    upTo(all).flatMap((down) =>
      upTo(half).map((across) =>
        taps.flatMap((u) => taps.map((v) => f((2 * Math.PI * ((down * u + across * v) % all)) / all))),
      ),
    );
  return { cosine: of(Math.cos), sine: of(Math.sin) };
}

/** [all x half, filters, channels] */
function spectrumOfFilters(graph: Graph, shape: BlockedConvolution, weight: Value): Factor {
  const { filters, channels, kernel } = shape;
  const { all, half } = frequencies(shape);
  const { cosine, sine } = tapWaves(shape);
  const taps = graph.reshape(weight, filters * channels, kernel * kernel);
  const part = (wave: readonly (readonly number[])[]) =>
    graph.reshape(gemm(graph, matrix(graph, wave), taps, { transB: 1 }), all * half, filters, channels);
  const combined = (sign: number) => sine.map((row, f) => row.map((value, tap) => value + sign * cosine[f][tap]));
  return { real: part(cosine), sum: part(combined(1)), difference: part(combined(-1)) };
}

/** The taps [filters, channels, kernel, kernel] of a spectrum [all x half, filters, channels]. */
function filtersOf(graph: Graph, shape: BlockedConvolution, { real, imaginary }: Spectrum): Value {
  const { filters, channels, kernel } = shape;
  const { all, half } = frequencies(shape);
  const { cosine, sine } = tapWaves(shape);
  const weights = weightsOfHalf(all, half);
  const weighted = (wave: readonly (readonly number[])[]) =>
    matrix(graph, turned(wave.map((row, frequency) => row.map((value) => weights[frequency % half] * value))));
  const flat = (value: Value) => graph.reshape(value, all * half, -1);
  const ofReal = gemm(graph, weighted(cosine), flat(real));
  const taps = gemm(graph, weighted(negative(sine)), flat(imaginary), { plus: ofReal });
  // With a third side: onnxruntime would make one of four sides of a transpose of two, four times as slow.
  const tapsLast = graph.transpose(graph.reshape(taps, 0, 0, 1), 1, 0, 2);
  return graph.reshape(tapsLast, filters, channels, kernel, kernel);
}

/** db[o] = the sum of dy[n, o, r, c] over n, r, c: of frequency 0, over n. */
function sumOfPixels(graph: Graph, { real }: Spectrum): Value {
  return graph.node('ReduceSum', [graph.slice(real, [0], [0], [1]), graph.integers(0, 1)], { keepdims: 0 });
}

const withSum = (graph: Graph, { real, imaginary }: Spectrum): SpectrumWithSum => ({
  real,
  imaginary,
  sum: graph.node('Add', [real, imaginary]),
});

/** [all x half, channels, N] of [all x half, N, channels]: products that read their left side turned take twice as long. */
function turnedFactor(graph: Graph, { real, imaginary, sum }: SpectrumWithSum): Factor {
  const difference = graph.node('Sub', [imaginary, real]);
  // With a fourth side: onnxruntime would take a transpose of three into the product, which would read its left side turned.
  const turn = (value: Value) => {
    const turned = graph.transpose(graph.reshape(value, 0, 0, 0, 1), 0, 2, 1, 3);
    return graph.reshape(turned, 0, 0, 0);
  };
  return { real: turn(real), sum: turn(sum), difference: turn(difference) };
}

/**
 * (a + i b)(c + i d) by three products instead of four (Gauss): with k = (a + b) c it is
 *
 *     k - b (c + d) + i (k + a (d - c))
 */
function product(
  graph: Graph,
  { real: a, imaginary: b, sum }: SpectrumWithSum,
  { real: c, sum: cAndD, difference: dLessC }: Factor,
  times: (one: Value, other: Value) => Value,
): Spectrum {
  const k = times(sum, c);
  return {
    real: graph.node('Sub', [k, times(b, cAndD)]),
    imaginary: graph.node('Add', [k, times(a, dLessC)]),
  };
}

/** (a + i b)(c - i d), likewise: k + b (d - c) + i (k - a (c + d)). */
function conjugateProduct(
  graph: Graph,
  { real: a, imaginary: b, sum }: SpectrumWithSum,
  { real: c, sum: cAndD, difference: dLessC }: Factor,
  times: (one: Value, other: Value) => Value,
): Spectrum {
  const k = times(sum, c);
  return {
    real: graph.node('Add', [k, times(b, dLessC)]),
    imaginary: graph.node('Sub', [k, times(a, cAndD)]),
  };
}
