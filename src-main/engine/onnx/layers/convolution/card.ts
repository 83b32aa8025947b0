import type { Graph, Value } from '../../graph.ts';
import { planes } from '../layer.ts';
import type { Convolution } from './batch-last.ts';

/** [channels, rows, columns, N] as ONNX's operators on images want it: [N, channels, rows, columns]. */
const imagesFirst = (graph: Graph, x: Value): Value => graph.transpose(x, 3, 0, 1, 2);
const imagesLast = (graph: Graph, x: Value): Value => graph.transpose(x, 1, 2, 3, 0);

/**
 * The convolution of batch-last.ts for graphics cards: a convolution of images with two sides for each group. Convolutions
 * of three sides are plain loops on a graphics card, and know no groups.
 */
export function forward(graph: Graph, shape: Convolution, x: Value, weight: Value, bias: Value): Value {
  const { kernel, stride, pad } = shape;
  return eachGroup(graph, shape, ({ ofChannels, ofFilters }) => {
    const inputs = [imagesFirst(graph, ofChannels(x)), ofFilters(weight), ofFilters(bias)];
    const y = graph.node('Conv', inputs, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
    return imagesLast(graph, y);
  });
}

/**
 * dx[i, p, q, n] = sum over o, u, v of w[o, i, u, v] dy[o, r, c, n] where p = r stride + u - pad, and likewise q: a
 * convolution with the kernel flipped in both directions and its filters and channels exchanged. Only for stride 1 is it
 * written as one, as graphics cards have their fastest kernels for that; otherwise it is ONNX's ConvTranspose.
 */
export function inputGradient(graph: Graph, shape: Convolution, weight: Value, dy: Value): Value {
  const { kernel, stride, pad } = shape;
  return eachGroup(graph, shape, ({ ofFilters }) => {
    const images = imagesFirst(graph, ofFilters(dy));
    const dx =
      stride === 1 && pad < kernel
        ? byFlippedKernel(graph, shape, ofFilters(weight), images)
        : byTransposed(graph, shape, ofFilters(weight), images);
    return imagesLast(graph, dx);
  });
}

function byFlippedKernel(graph: Graph, { kernel, pad }: Convolution, weight: Value, dy: Value): Value {
  const flipped = graph.slice(weight, [2, 3], [-1, -1], [-1 - kernel, -1 - kernel], [-1, -1]);
  const around = kernel - 1 - pad;
  return graph.node('Conv', [dy, graph.transpose(flipped, 1, 0, 2, 3)], {
    kernel_shape: [kernel, kernel],
    pads: [around, around, around, around],
  });
}

function byTransposed(graph: Graph, shape: Convolution, weight: Value, dy: Value): Value {
  const { rows, outputRows, kernel, stride, pad } = shape;
  // Rows at the end that no window reaches.
  const rest = rows - ((outputRows - 1) * stride + kernel - 2 * pad);
  return graph.node('ConvTranspose', [dy, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    output_padding: [rest, rest],
  });
}

/**
 * dw[o, i, u, v] = sum over r, c, n of dy[o, r, c, n] x[i, r stride + u - pad, c stride + v - pad, n]: a convolution of
 * x with dy as the kernel, of taps `stride` apart, in which channels and images change places.
 */
export function weightGradient(graph: Graph, shape: Convolution, _batch: number, x: Value, dy: Value): Value {
  const { rows, outputRows, kernel, stride, pad } = shape;
  // Rows at the end that no window reaches must not become further outputs.
  const end = kernel + stride * (outputRows - 1) - rows - pad;
  const reached = end < 0 ? graph.slice(x, [1, 2], [0, 0], [rows + end, rows + end]) : x;
  const after = Math.max(end, 0);
  return eachGroup(graph, shape, ({ ofChannels, ofFilters }) => {
    const dw = graph.node('Conv', [planes(graph, ofChannels(reached)), planes(graph, ofFilters(dy))], {
      kernel_shape: [outputRows, outputRows],
      dilations: [stride, stride],
      pads: [pad, pad, after, after],
    });
    return graph.transpose(dw, 1, 0, 2, 3);
  });
}

/** The channels of an image, and the filters of an output, weight or bias, that belong to one group. */
interface Group {
  readonly ofChannels: (x: Value) => Value;
  readonly ofFilters: (x: Value) => Value;
}

/** Computes one value for each group and puts them together again; their first side is that of channels or filters. */
function eachGroup(graph: Graph, { channels, filters, groups }: Convolution, value: (group: Group) => Value): Value {
  if (groups === 1) return value({ ofChannels: (x) => x, ofFilters: (x) => x });
  const part = (x: Value, size: number, group: number) => graph.slice(x, [0], [group * size], [(group + 1) * size]);
  const values = Array.from({ length: groups }, (_, group) =>
    value({
      ofChannels: (x) => part(x, channels / groups, group),
      ofFilters: (x) => part(x, filters / groups, group),
    }),
  );
  return graph.node('Concat', values, { axis: 0 });
}
