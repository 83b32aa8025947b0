import { sidesOf } from '../../../../network/layers/windows.ts';
import type { Graph, Value } from '../../graph.ts';
import { ALL, type LayerForm, type LayerOf } from '../layer.ts';
import { matrixProduct } from '../matrix-product.ts';

/** A convolution's settings with all sides, and both sides of input and output. */
function windowOf({ spec, input, output }: LayerOf<'conv'>) {
  const { kernel, stride, groups, dilation = 1, filters } = spec;
  const [channels, rows, columns] = input;
  const [, outputRows, outputColumns] = output;
  return {
    ...sidesOf(spec.pad),
    ...{ kernel, stride, groups, dilation, filters, channels, rows, columns, outputRows, outputColumns },
  };
}
type Window = ReturnType<typeof windowOf>;

/** y of images [N, channels, rows, columns], as in batch-last.ts, with taps `dilation` apart. */
function forward(graph: Graph, window: Window, x: Value, weight: Value, bias?: Value): Value {
  const { kernel, stride, dilation, groups, top, left, bottom, right } = window;
  return graph.node('Conv', bias === undefined ? [x, weight] : [x, weight, bias], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [top, left, bottom, right],
    group: groups,
  });
}

/** dx[n, i, p, q] = sum over o, u, v of w[o, i, u, v] dy[n, o, r, c] where p = r stride + u dilation - top: ConvTranspose. */
function inputGradient(graph: Graph, window: Window, weight: Value, dy: Value): Value {
  const { kernel, stride, dilation, groups, top, left, bottom, right } = window;
  const reach = dilation * (kernel - 1) + 1;
  // Rows and columns at the end that no window reaches.
  const rest = [
    window.rows - ((window.outputRows - 1) * stride + reach - top - bottom),
    window.columns - ((window.outputColumns - 1) * stride + reach - left - right),
  ];
  return graph.node('ConvTranspose', [dy, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [top, left, bottom, right],
    output_padding: rest,
    group: groups,
  });
}

/**
 * dw[o, i, u, v] = sum over n, r, c of dy[n, o, r, c] x[n, i, r stride + u dilation - top, ...]: a convolution in which
 * images and channels change places. Its images are the channels of a group, with groups x N channels; dy is the kernel, with
 * taps `stride` apart, and is moved by `dilation`.
 */
function weightGradient(graph: Graph, window: Window, batch: number, x: Value, dy: Value): Value {
  const { kernel, stride, dilation, groups, channels, filters, rows, columns, outputRows, outputColumns } = window;
  const reached = (outputs: number) => stride * (outputs - 1) + dilation * (kernel - 1) + 1;
  const below = reached(outputRows) - rows - window.top;
  const beside = reached(outputColumns) - columns - window.left;
  // Rows and columns at the end that no window reaches must not become further outputs.
  const cut =
    below < 0 || beside < 0
      ? graph.slice(x, [2, 3], [0, 0], [rows + Math.min(below, 0), columns + Math.min(beside, 0)])
      : x;
  const [height, width] = [rows + Math.min(below, 0), columns + Math.min(beside, 0)];
  const perGroup = channels / groups;
  const apart = graph.reshape(cut, batch, groups, perGroup, height * width);
  const images = graph.reshape(graph.transpose(apart, 2, 1, 0, 3), perGroup, groups * batch, height, width);
  const dw = graph.node('Conv', [images, graph.transpose(dy, 1, 0, 2, 3)], {
    kernel_shape: [outputRows, outputColumns],
    dilations: [stride, stride],
    strides: [dilation, dilation],
    pads: [window.top, window.left, Math.max(below, 0), Math.max(beside, 0)],
    group: groups,
  });
  return perGroup === 1 ? graph.reshape(dw, filters, 1, kernel, kernel) : graph.transpose(dw, 1, 0, 2, 3);
}

/**
 * The same of a kernel of 1x1 as one product of matrices. The convolution would have one column, which onnxruntime adds in other
 * portions with each number of threads.
 */
function weightGradientOf1x1(graph: Graph, window: Window, batch: number, x: Value, dy: Value): Value {
  const { stride, filters, channels, outputRows, outputColumns } = window;
  const ends = [(outputRows - 1) * stride + 1, (outputColumns - 1) * stride + 1];
  const read = stride === 1 ? x : graph.slice(x, [2, 3], [0, 0], ends, [stride, stride]);
  const terms = batch * outputRows * outputColumns;
  const byChannel = (value: Value, size: number) => graph.reshape(graph.transpose(value, 1, 0, 2, 3), size, terms);
  const [left, right] = [{ value: byChannel(dy, filters) }, { value: byChannel(read, channels), transposed: true }];
  return graph.reshape(matrixProduct(graph, left, right, [filters, channels, terms]), filters, channels, 1, 1);
}

const isProduct = ({ kernel, groups, top, left, bottom, right }: Window): boolean =>
  kernel === 1 && groups === 1 && Math.max(top, left, bottom, right) === 0;

/**
 * The same for graphics cards, whose fastest kernels are of plain convolutions: with stride 1 one with the kernel flipped in
 * both directions. Where a group has one channel and several filters, onnxruntime's ConvTranspose by WebGPU gives wrong
 * numbers (1.30), so that each of the filters is taken by itself.
 */
function inputGradientOnCard(graph: Graph, window: Window, weight: Value, dy: Value): Value {
  const { groups, channels, filters, stride } = window;
  const each = filters / groups;
  if (groups === channels && each > 1) {
    const parts = Array.from({ length: each }, (_, index) => {
      const ofGroups = (value: Value, axis: number) => graph.slice(value, [axis], [index], [filters], [each]);
      return inputGradient(graph, window, ofGroups(weight, 0), ofGroups(dy, 1));
    });
    return parts.reduce((sum, part) => graph.node('Add', [sum, part]));
  }
  return groups === 1 && stride === 1 && isPaddedLess(window)
    ? byFlippedKernel(graph, window, weight, dy)
    : inputGradient(graph, window, weight, dy);
}

/** Whether no window lies wholly in the padding. */
const isPaddedLess = ({ kernel, dilation, top, left, bottom, right }: Window): boolean =>
  Math.max(top, left, bottom, right) <= dilation * (kernel - 1);

function byFlippedKernel(graph: Graph, window: Window, weight: Value, dy: Value): Value {
  const { kernel, dilation, top, left, bottom, right } = window;
  const flipped = graph.slice(weight, [2, 3], [-1, -1], [-1 - kernel, -1 - kernel], [-1, -1]);
  const reach = dilation * (kernel - 1);
  return graph.node('Conv', [dy, graph.transpose(flipped, 1, 0, 2, 3)], {
    kernel_shape: [kernel, kernel],
    dilations: [dilation, dilation],
    pads: [reach - top, reach - left, reach - bottom, reach - right],
  });
}

const formWith =
  (gradient: typeof inputGradient, ofWeights: typeof weightGradient): LayerForm<'conv'> =>
  (graph, layer, { inputs: [x], batch, parameters }) => {
    const { weight, bias } = parameters!;
    const window = windowOf(layer);
    return {
      y: forward(graph, window, x, weight!, bias),
      backward: (dy, [needX], learns = ALL) => ({
        inputs: [needX ? gradient(graph, window, weight!, dy) : undefined],
        parameters: {
          weight: learns('weight') ? ofWeights(graph, window, batch, x, dy) : undefined,
          bias:
            bias !== undefined && learns('bias')
              ? graph.node('ReduceSum', [dy, graph.integers(0, 2, 3)], { keepdims: 0 })
              : undefined,
        },
      }),
    };
  };

const weightGradientOnProcessor: typeof weightGradient = (graph, window, ...values) =>
  (isProduct(window) ? weightGradientOf1x1 : weightGradient)(graph, window, ...values);

export const form = formWith(inputGradient, weightGradientOnProcessor);
export const formOnCard = formWith(inputGradientOnCard, weightGradient);
