import type { Graph, Value } from '../../graph.ts';
import { matrixProduct } from '../matrix-product.ts';

/** Square windows on square images; values are [channels, rows, columns, batch]. */
export interface Convolution {
  /** Channels and rows (= columns) of the input. */
  readonly channels: number;
  readonly rows: number;
  readonly filters: number;
  /** Rows (= columns) of the output. */
  readonly outputRows: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly groups: number;
}

/**
 * y[o, r, c, n] = b[o] + sum over i, u, v of w[o, i, u, v] x[i, r stride + u - pad, c stride + v - pad, n]
 *
 * with x zero outside the image, w[filters, channels / groups, kernel, kernel]; group g of the filters sees group g of
 * the channels (https://onnx.ai/onnx/operators/onnx__Conv.html). To onnxruntime the batch is the third side of one
 * image, so that the whole convolution is one matrix product of filters x (channels kernel^2) x (rows columns N).
 */
export function forward(graph: Graph, shape: Convolution, x: Value, weight: Value, bias: Value): Value {
  const { channels, rows, filters, outputRows, kernel, stride, pad, groups } = shape;
  const inputs = [volumes(graph, x, channels, rows), graph.node('Unsqueeze', [weight, graph.integers(-1)]), bias];
  const y = graph.node('Conv', inputs, {
    kernel_shape: [kernel, kernel, 1],
    strides: [stride, stride, 1],
    pads: [pad, pad, 0, pad, pad, 0],
    group: groups,
  });
  return graph.reshape(y, filters, outputRows, outputRows, -1);
}

/**
 * dx[i, p, q, n] = sum over o, u, v of w[o, i, u, v] dy[o, r, c, n] where p = r stride + u - pad, and likewise q.
 *
 * With zeros between dy's pixels, stride - 1 of them, this is a convolution of stride 1 with the kernel flipped in both
 * directions and its filters and channels exchanged: a quarter faster here than onnxruntime's ConvTranspose.
 */
export function inputGradient(graph: Graph, shape: Convolution, weight: Value, dy: Value): Value {
  const { channels, rows, outputRows, kernel, stride, pad, groups } = shape;
  const [begin, end] = [kernel - 1 - pad, rows + pad - outputRows * stride];
  const spread = cut(graph, withZerosBetween(graph, shape, dy), Math.min(begin, 0), Math.min(end, 0));
  const [before, after] = [Math.max(begin, 0), Math.max(end, 0)];
  const inputs = [graph.node('Unsqueeze', [spread, graph.integers(0)]), exchanged(graph, shape, weight)];
  const dx = graph.node('Conv', inputs, {
    kernel_shape: [kernel, kernel, 1],
    pads: [before, before, 0, after, after, 0],
    group: groups,
  });
  return graph.reshape(dx, channels, rows, rows, -1);
}

/**
 * @public Read through the namespace that `layers/convolution.ts` is given.
 *
 * dw[o, i, u, v] = sum over r, c, n of dy[o, r, c, n] x[i, r stride + u - pad, c stride + v - pad, n]
 */
export function weightGradient(graph: Graph, shape: Convolution, batch: number, x: Value, dy: Value): Value {
  const columns = (shape.kernel ** 2 * shape.channels) / shape.groups;
  return columns <= FEW_COLUMNS
    ? weightGradientBySlices(graph, shape, x, dy)
    : weightGradientByConvolution(graph, shape, batch, x, dy);
}

/** With fewer columns, a thread's share of the product is so narrow that bytes depend on the threads (matrix-product.ts). */
const FEW_COLUMNS = 512;

/**
 * Read as a convolution of x with dy as the kernel, of taps `stride` apart: rows and columns slide, and images and
 * channels make one side [n, i] in which dy's N taps are a channel's length apart, so that it slides over the channels.
 * One matrix product of filters x (rows columns N) x (kernel^2 channels), three times as fast here as one with the
 * images as ONNX channels, whose last side is only kernel^2.
 */
export function weightGradientByConvolution(
  graph: Graph,
  shape: Convolution,
  batch: number,
  x: Value,
  dy: Value,
): Value {
  const { channels, rows, filters, outputRows, kernel, stride, pad, groups } = shape;
  const perGroup = channels / groups;
  const channelsLast = graph.transpose(graph.reshape(x, groups, perGroup, rows * rows * batch), 0, 2, 1);
  const images = graph.reshape(channelsLast, groups, rows, rows, batch * perGroup);
  // Rows at the end that no window reaches must not become further outputs.
  const end = kernel + stride * (outputRows - 1) - rows - pad;
  const reached = graph.node('Unsqueeze', [cut(graph, images, 0, Math.min(end, 0)), graph.integers(0)]);
  const after = Math.max(end, 0);
  const dw = graph.node('Conv', [reached, graph.node('Unsqueeze', [dy, graph.integers(1)])], {
    kernel_shape: [outputRows, outputRows, batch],
    dilations: [stride, stride, perGroup],
    pads: [pad, pad, 0, after, after, 0],
    group: groups,
  });
  const channelsFirst = graph.transpose(graph.reshape(dw, filters, kernel * kernel, perGroup), 0, 2, 1);
  return graph.reshape(channelsFirst, filters, perGroup, kernel, kernel);
}

/** For each row of the kernel, the pixels that its taps see, [kernel channels, rows columns N], times dy. */
export function weightGradientBySlices(graph: Graph, shape: Convolution, x: Value, dy: Value): Value {
  const { channels, filters, outputRows, kernel, stride, pad, groups } = shape;
  const [perGroup, filtersPerGroup] = [channels / groups, filters / groups];
  const padded = pad === 0 ? x : graph.node('Pad', [x, graph.integers(0, pad, pad, 0, 0, pad, pad, 0)]);
  const reach = (outputRows - 1) * stride + 1;
  const gradients = Array.from({ length: groups }, (_, group) => {
    const channel = group * perGroup;
    const filter = group * filtersPerGroup;
    const dyOfGroup = groups === 1 ? dy : graph.slice(dy, [0], [filter], [filter + filtersPerGroup]);
    const flatDy = graph.reshape(dyOfGroup, filtersPerGroup, -1);
    const kernelRows = Array.from({ length: kernel }, (_, u) => {
      const taps = Array.from({ length: kernel }, (_, v) => {
        const [start, end] = [
          [channel, u, v],
          [channel + perGroup, u + reach, v + reach],
        ];
        return graph.slice(padded, [0, 1, 2], start, end, [1, stride, stride]);
      });
      const pixels = graph.reshape(graph.node('Concat', taps, { axis: 0 }), kernel * perGroup, -1);
      const size = [filtersPerGroup, kernel * perGroup] as const;
      const dw = matrixProduct(graph, { value: flatDy }, { value: pixels, transposed: true }, size);
      return graph.reshape(dw, filtersPerGroup, 1, kernel, perGroup);
    });
    return graph.transpose(graph.node('Concat', kernelRows, { axis: 1 }), 0, 3, 1, 2);
  });
  return graph.node('Concat', gradients, { axis: 0 });
}

/** db[o] = the sum of dy[o, r, c, n] over r, c, n. */
export function biasGradient(graph: Graph, dy: Value): Value {
  return graph.node('ReduceSum', [dy, graph.integers(1, 2, 3)], { keepdims: 0 });
}

/** w'[i, o, u, v] = w[o, i, kernel - 1 - u, kernel - 1 - v], group by group. */
function exchanged(graph: Graph, { channels, filters, kernel, groups }: Convolution, weight: Value): Value {
  const [perGroup, filtersPerGroup] = [channels / groups, filters / groups];
  const flipped = kernel === 1 ? weight : graph.slice(weight, [2, 3], [-1, -1], [-1 - kernel, -1 - kernel], [-1, -1]);
  const split = graph.reshape(flipped, groups, filtersPerGroup, perGroup, kernel * kernel);
  return graph.reshape(graph.transpose(split, 0, 2, 1, 3), channels, filtersPerGroup, kernel, kernel, 1);
}

/** [channels, rows, columns, N] as one image of three sides. */
function volumes(graph: Graph, x: Value, channels: number, rows: number): Value {
  return graph.reshape(x, 1, channels, rows, rows, -1);
}

/** Rows and columns moved to multiples of the stride, with zeros between and after them. */
function withZerosBetween(graph: Graph, { filters, outputRows, stride }: Convolution, dy: Value): Value {
  if (stride === 1) return dy;
  const apart = graph.reshape(dy, filters, outputRows, 1, outputRows, 1, -1);
  const zeros = stride - 1;
  const padded = graph.node('Pad', [apart, graph.integers(0, 0, 0, 0, 0, 0, 0, 0, zeros, 0, zeros, 0)]);
  return graph.reshape(padded, filters, outputRows * stride, outputRows * stride, -1);
}

/** Removes rows and columns at both ends; `begin` and `end` are negative numbers of them. */
function cut(graph: Graph, x: Value, begin: number, end: number): Value {
  if (begin === 0 && end === 0) return x;
  return graph.node('Pad', [x, graph.integers(0, begin, begin, 0, 0, end, end, 0)]);
}
