import type { Graph, Value } from '../graph.ts';

/** Square windows on square images. */
export interface Pooling {
  readonly mode: 'max' | 'average';
  readonly batch: number;
  readonly channels: number;
  readonly rows: number;
  readonly outputRows: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

export interface Pooled {
  readonly y: Value;
  /** Position of each maximum in the flattened input, int64. */
  readonly indices?: Value;
}

type Window = Pick<Pooling, 'mode' | 'kernel' | 'stride' | 'pad'>;
const windowAttributes = ({ kernel, stride, pad }: Window) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [pad, pad, pad, pad],
});

/** Maximum or mean over each window; what lies outside the image takes no part and does not count. */
export function forward(graph: Graph, pooling: Window, x: Value): Value {
  if (pooling.mode === 'max') return graph.node('MaxPool', [x], windowAttributes(pooling));
  return graph.node('AveragePool', [x], { ...windowAttributes(pooling), count_include_pad: 0 });
}

export function forwardForTraining(graph: Graph, pooling: Window, x: Value): Pooled {
  if (pooling.mode === 'average') return { y: forward(graph, pooling, x) };
  const [y, indices] = graph.nodes('MaxPool', [x], 2, windowAttributes(pooling));
  return { y, indices };
}

/**
 * Maximum: the gradient of each window goes to its maximum, the first in row-major order among equal ones (as in Caffe).
 * Average: it is spread evenly over the window's pixels inside the image; a transposed convolution with ones.
 */
export function backward(graph: Graph, pooling: Pooling, x: Value, { indices }: Pooled, dy: Value): Value {
  const { batch, channels, rows, outputRows, kernel, stride, pad } = pooling;
  if (indices) {
    const size = batch * channels * rows * rows;
    const zeros = graph.node('ConstantOfShape', [graph.integers(size)]);
    const scattered = graph.node('ScatterElements', [zeros, graph.reshape(indices, -1), graph.reshape(dy, -1)], {
      axis: 0,
      reduction: 'add',
    });
    return graph.reshape(scattered, batch, channels, rows, rows);
  }
  const share = graph.node('Mul', [dy, graph.constant(shares(pooling), [1, 1, outputRows, outputRows])]);
  const unreached = rows - ((outputRows - 1) * stride + kernel - 2 * pad);
  const planes = graph.reshape(share, batch * channels, 1, outputRows, outputRows);
  const ones = graph.constant(new Float64Array(kernel * kernel).fill(1), [1, 1, kernel, kernel]);
  const spread = graph.node('ConvTranspose', [planes, ones], {
    ...windowAttributes(pooling),
    output_padding: [unreached, unreached],
  });
  return graph.reshape(spread, batch, channels, rows, rows);
}

/** 1 / (pixels of the window inside the image), for every window. */
function shares({ rows, outputRows, kernel, stride, pad }: Pooling): Float64Array {
  const inside = Array.from({ length: outputRows }, (_, row) => {
    const start = row * stride - pad;
    return Math.min(start + kernel, rows) - Math.max(start, 0);
  });
  return Float64Array.from({ length: outputRows ** 2 }, (_, position) => {
    return 1 / (inside[Math.floor(position / outputRows)] * inside[position % outputRows]);
  });
}
