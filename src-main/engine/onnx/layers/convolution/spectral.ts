import type { Graph, Value } from '../../graph.ts';
import { ALL, type LayerParameters, type LayerValue } from '../layer.ts';
import { NARROW } from '../matrix-product.ts';
import type { BlockedConvolution } from './blocked.ts';
import {
  blockedImages,
  filtersOf,
  frequencies,
  spectrumOfFilters,
  spectrumOfImages,
  sumOfPixels,
  type Factor,
  type Spectrum,
} from './fourier.ts';

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
 * enough: what wraps around lands outside of the image, where x is zero. Images are real, so X(-f) = conj X(f): of the
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
  { weight, bias }: Required<Pick<LayerParameters, 'weight' | 'bias'>>,
): LayerValue {
  const { channels, filters, rows, outputRows } = shape;
  const imagesX = withSum(graph, spectrumOfImages(graph, shape, x, channels, rows));
  const factorW = spectrumOfFilters(graph, shape, weight);
  const spectrumOfY = product(graph, imagesX, factorW, (ofX, ofW) => graph.stackedProduct(ofX, ofW, { b: true }));
  return {
    y: blockedImages(graph, shape, spectrumOfY, filters, outputRows, bias),
    backward: (dy, [needX], learns = ALL) => {
      const imagesDy = withSum(graph, spectrumOfImages(graph, shape, dy, filters, outputRows));
      const dx = () => product(graph, imagesDy, factorW, (ofDy, ofW) => graph.stackedProduct(ofDy, ofW), true);
      const dw = () =>
        product(graph, imagesX, turnedFactor(graph, imagesDy), (ofX, ofDy) => graph.stackedProduct(ofDy, ofX), true);
      return {
        inputs: [needX ? blockedImages(graph, shape, dx(), channels, rows) : undefined],
        parameters: {
          weight: learns('weight') ? filtersOf(graph, shape, dw()) : undefined,
          bias: learns('bias') ? sumOfPixels(graph, imagesDy) : undefined,
        },
      };
    },
  };
}

/** Whether that takes less time than the direct kernels, which do two operations in the time of one in these small products. */
export function isFasterBySpectrum(shape: BlockedConvolution): boolean {
  const { channels, filters, rows, outputRows, kernel, stride, groups, batch } = shape;
  // With fewer columns the bytes of a product would depend on the number of threads.
  if (stride !== 1 || groups !== 1 || channels * filters <= NARROW) return false;
  const { all, half } = frequencies(shape);
  const taps = kernel * kernel;
  const direct = 3 * 2 * taps * outputRows ** 2 * batch * channels * filters;
  const products = 3 * 8 * all * half * batch * channels * filters;
  const ofFilters = 2 * 4 * taps * all * half * channels * filters;
  const ofImages = 2 * 4 * half * rows * (rows + 2 * all) * batch * (channels + filters);
  return 2 * (products + ofFilters + ofImages) < direct;
}

interface SpectrumWithSum extends Spectrum {
  /** real + imaginary */
  readonly sum: Value;
}

const withSum = (graph: Graph, { real, imaginary }: Spectrum): SpectrumWithSum => ({
  real,
  imaginary,
  sum: graph.node('Add', [real, imaginary]),
});

/** [all x half, channels, N] of [all x half, N, channels]: products that read their left side turned take twice as long. */
function turnedFactor(graph: Graph, { real, imaginary, sum }: SpectrumWithSum): Factor {
  const difference = graph.node('Sub', [imaginary, real]);
  // A fourth side, because onnxruntime would fuse a transpose of three into the product, which would read its left side turned.
  const turn = (value: Value) => {
    const turned = graph.transpose(graph.reshape(value, 0, 0, 0, 1), 0, 2, 1, 3);
    return graph.reshape(turned, 0, 0, 0);
  };
  return { real: turn(real), sum: turn(sum), difference: turn(difference) };
}

/**
 * (a + i b)(c + i d) by three products instead of four (Gauss), and the same with the other factor conjugated: with
 * k = (a + b) c they are
 *
 *     k - b (c + d) + i (k + a (d - c))          k + b (d - c) + i (k - a (c + d))
 */
function product(
  graph: Graph,
  { real: a, imaginary: b, sum }: SpectrumWithSum,
  { real: c, sum: cAndD, difference: dLessC }: Factor,
  times: (one: Value, other: Value) => Value,
  conjugated = false,
): Spectrum {
  const k = times(sum, c);
  return conjugated
    ? { real: graph.node('Add', [k, times(b, dLessC)]), imaginary: graph.node('Sub', [k, times(a, cAndD)]) }
    : { real: graph.node('Sub', [k, times(b, cAndD)]), imaginary: graph.node('Add', [k, times(a, dLessC)]) };
}
