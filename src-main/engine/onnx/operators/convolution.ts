import type { Graph, Value } from '../graph.ts';

/** Square windows on square images. */
export interface Convolution {
  readonly batch: number;
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

type Window = Pick<Convolution, 'kernel' | 'stride' | 'pad' | 'groups'>;

/**
 * y[n, o, r, c] = b[o] + sum over i, u, v of w[o, i, u, v] x[n, i, r stride + u - pad, c stride + v - pad]
 *
 * with x zero outside the image, w[filters, channels / groups, kernel, kernel]; group g of the filters sees group g of
 * the channels (https://onnx.ai/onnx/operators/onnx__Conv.html).
 */
export function forward(graph: Graph, { kernel, stride, pad, groups }: Window, x: Value, weight: Value, bias: Value) {
  return graph.node('Conv', [x, weight, bias], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    group: groups,
  });
}

/**
 * dx[n, i, p, q] = sum over o, u, v of w[o, i, u, v] dy[n, o, r, c] where p = r stride + u - pad, and likewise q.
 *
 * For stride 1, r = p + pad - u: a convolution of dy, padded by kernel - 1 - pad, with the kernel flipped in both
 * directions and its filters and channels exchanged; a quarter faster here than the transposed convolution of the rest.
 */
export function inputGradient(graph: Graph, shape: Convolution, weight: Value, dy: Value): Value {
  const { channels, rows, filters, outputRows, kernel, stride, pad, groups } = shape;
  if (stride === 1 && pad < kernel) {
    const last = kernel - 1;
    const [perGroup, filtersPerGroup] = [channels / groups, filters / groups];
    const flipped = kernel === 1 ? weight : graph.slice(weight, [2, 3], [-1, -1], [-999, -999], [-1, -1]);
    const split = graph.reshape(flipped, groups, filtersPerGroup, perGroup, kernel * kernel);
    const exchanged = graph.transpose(split, 0, 2, 1, 3);
    const transposed = graph.reshape(exchanged, channels, filtersPerGroup, kernel, kernel);
    return graph.node('Conv', [dy, transposed], {
      kernel_shape: [kernel, kernel],
      pads: Array<number>(4).fill(last - pad),
      group: groups,
    });
  }
  // Rows that no window reaches get a zero.
  const unreached = rows - ((outputRows - 1) * stride + kernel - 2 * pad);
  return graph.node('ConvTranspose', [dy, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    output_padding: [unreached, unreached],
    group: groups,
  });
}

/**
 * dw[o, i, u, v] = sum over n, r, c of dy[n, o, r, c] x[n, i, r stride + u - pad, c stride + v - pad]
 *
 * Read with the images as the channels that are summed over, this is a convolution of x (its channels as the batch)
 * with dy as the kernel, whose taps are `stride` apart.
 */
export function weightGradient(graph: Graph, shape: Convolution, x: Value, dy: Value): Value {
  const { batch, channels, rows, filters, outputRows, kernel, stride, pad, groups } = shape;
  const perGroup = channels / groups;
  const grouped = graph.reshape(x, batch, groups, perGroup, rows * rows);
  const images = graph.reshape(graph.transpose(grouped, 2, 1, 0, 3), perGroup, groups * batch, rows, rows);
  // Rows at the end that no window reaches must not become further outputs.
  const end = kernel + stride * (outputRows - 1) - rows - pad;
  const cut = end < 0 ? graph.slice(images, [2, 3], [0, 0], [rows + end, rows + end]) : images;
  const tail = Math.max(end, 0);
  const gradient = graph.node('Conv', [cut, graph.transpose(dy, 1, 0, 2, 3)], {
    kernel_shape: [outputRows, outputRows],
    dilations: [stride, stride],
    pads: [pad, pad, tail, tail],
    group: groups,
  });
  return graph.reshape(graph.transpose(gradient, 1, 0, 2, 3), filters, perGroup, kernel, kernel);
}

/** db[o] = the sum of dy[n, o, r, c] over n, r, c. */
export function biasGradient(graph: Graph, dy: Value): Value {
  return graph.node('ReduceSum', [dy, graph.integers(0, 2, 3)], { keepdims: 0 });
}
