import type { Graph, Value } from '../../graph.ts';
import { fromBlocked, toBlocked, type Blocked } from '../layer.ts';
import type { Convolution } from './batch-last.ts';

/**
 * The convolution of batch-last.ts on blocked images. All three, forward pass and both gradients, are
 * convolutions of stride 1 or of dilated taps, so one kernel serves them; they differ in which side is the batch.
 *
 * A filter bank is [filters / block, channels / block, kernel, kernel, block channels, block filters]; over plain images
 * (the network's input) [filters / block, channels, kernel, kernel, block filters].
 */
export interface BlockedConvolution extends Convolution, Blocked {
  readonly batch: number;
}

/** y = w * x + b, blocked, with w from `filtersInBlocks`. `x` is blocked, or plain where its channels are no whole blocks. */
export function forward(graph: Graph, shape: BlockedConvolution, x: Value, filters: Value, bias: Value): Value {
  const { kernel, stride, pad, groups } = shape;
  return graph.blocked('Conv', [x, filterBank(graph, shape, filters), bias], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [1, 1],
    group: groups,
  });
}

/** dx, the convolution of dy with the kernel flipped in both directions, and filters and channels exchanged. */
export function inputGradient(graph: Graph, shape: BlockedConvolution, filters: Value, dy: Value): Value {
  const { kernel, pad, groups } = shape;
  const around = kernel - 1 - pad;
  return graph.blocked('Conv', [dy, exchanged(graph, shape, filters)], {
    kernel_shape: [kernel, kernel],
    strides: [1, 1],
    pads: [around, around, around, around],
    dilations: [1, 1],
    group: groups,
  });
}

/**
 * dw[o, i, u, v] = sum over n, r, c of dy[n, o, r, c] x[n, i, r stride + u - pad, c stride + v - pad]
 *
 * is the convolution in which images and channels have changed places: a channel of x is an image whose channels are the
 * batch, and dy is a bank of filters as large as dy's images, with taps `stride` apart. Its output is [channels, filters,
 * kernel, kernel].
 */
export function weightGradient(graph: Graph, shape: BlockedConvolution, x: Value, dy: Value): Value {
  const { channels, filters, kernel, groups, block } = shape;
  const images = channelsAsImages(graph, shape, x);
  const bank = imagesAsFilters(graph, shape, dy);
  const [perGroup, filtersPerGroup] = [channels / groups, filters / groups];
  const gradients = Array.from({ length: groups }, (_, group) => {
    const part = (value: Value, size: number) =>
      groups === 1 ? value : graph.slice(value, [0], [group * size], [(group + 1) * size]);
    const dw = graph.blocked('Conv', [part(images, perGroup), part(bank, filtersPerGroup)], {
      kernel_shape: [shape.outputRows, shape.outputRows],
      strides: [1, 1],
      // The kernel computes columns outside of the image one output at a time, so `x` has them already; rows cost it nothing.
      pads: [shape.pad, 0, Math.max(beyondTheEnd(shape), 0), 0],
      dilations: [shape.stride, shape.stride],
      group: 1,
    });
    const apart = graph.reshape(dw, perGroup, filtersPerGroup / block, kernel * kernel * block);
    const byFilter = graph.reshape(graph.transpose(apart, 1, 0, 2), 1, filtersPerGroup, perGroup * kernel * kernel, 1);
    return graph.reshape(fromBlocked(graph, byFilter, filtersPerGroup), filtersPerGroup, perGroup, kernel, kernel);
  });
  return groups === 1 ? gradients[0] : graph.node('Concat', gradients, { axis: 0 });
}

/** db[o] = the sum of dy[n, o, r, c] over n, r, c. */
export function biasGradient(
  graph: Graph,
  { batch, filters, outputRows, block }: BlockedConvolution,
  dy: Value,
): Value {
  const pixels = graph.reshape(dy, (batch * filters) / block, outputRows * outputRows, block);
  const perImage = graph.node('ReduceSum', [pixels, graph.integers(1)], { keepdims: 0 });
  return graph.node('ReduceSum', [graph.reshape(perImage, batch, filters), graph.integers(0)], { keepdims: 0 });
}

const readsPlainImages = ({ channels, block }: BlockedConvolution): boolean => channels % block !== 0;

/**
 * A weight [filters, channels, kernel, kernel] with its filters in blocks: [filters / block, channels, kernel^2, block].
 * onnxruntime's kernel for that is meant for images; a weight is one whose pixels are channels and taps.
 */
export function filtersInBlocks(
  graph: Graph,
  { filters, channels, groups, kernel }: BlockedConvolution,
  weight: Value,
): Value {
  return toBlocked(graph, graph.reshape(weight, 1, filters, (channels / groups) * kernel * kernel, 1));
}

/** The filter bank of w in blocks; the numbers of a block stay together when they are moved. */
export function filterBank(graph: Graph, shape: BlockedConvolution, filters: Value): Value {
  const { kernel, groups, block } = shape;
  const perGroup = shape.channels / groups;
  if (readsPlainImages(shape)) return graph.reshape(filters, shape.filters, perGroup, kernel, kernel);
  const apart = graph.reshape(filters, (shape.filters * perGroup) / block / block, block, kernel * kernel, block);
  return graph.reshape(graph.transpose(apart, 0, 2, 1, 3), shape.filters, perGroup, kernel, kernel);
}

/** The filter bank of w'[i, o, u, v] = w[o, i, kernel - 1 - u, kernel - 1 - v], group by group. */
export function exchanged(graph: Graph, shape: BlockedConvolution, filters: Value): Value {
  const { channels, kernel, groups, block } = shape;
  const [perGroup, filtersPerGroup] = [channels / groups, shape.filters / groups];
  const taps = kernel * kernel;
  const apart = graph.reshape(filters, groups, filtersPerGroup / block, perGroup, taps * block);
  const byChannel = graph.reshape(graph.transpose(apart, 0, 2, 1, 3), 1, channels, filtersPerGroup * taps, 1);
  const bank = graph.reshape(toBlocked(graph, byChannel), -1, taps, block * block);
  const backwards = graph.integers(...Array.from({ length: taps }, (_, tap) => taps - 1 - tap));
  const flipped = kernel === 1 ? bank : graph.node('Gather', [bank, backwards], { axis: 1 });
  return graph.reshape(flipped, channels, filtersPerGroup, kernel, kernel);
}

/**
 * x as [channels, batch, rows, columns], blocked along the batch, with the columns that taps reach beyond its borders. It
 * goes through plain images, whose rows are moved whole: a third of the time that a transposition within blocks takes.
 */
function channelsAsImages(graph: Graph, shape: BlockedConvolution, x: Value): Value {
  const { channels, rows, pad, batch, block } = shape;
  const plain = readsPlainImages(shape) ? x : fromBlocked(graph, x, channels);
  const images = toBlocked(graph, graph.transpose(plain, 1, 0, 2, 3));
  const end = beyondTheEnd(shape);
  if (pad === 0 && end === 0) return images;
  const lines = graph.reshape(images, (channels * batch) / block, rows, rows, block);
  const padded = graph.node('Pad', [lines, graph.integers(0, 0, pad, 0, 0, Math.min(end, 0), end, 0)]);
  return graph.reshape(padded, channels, batch, rows + Math.min(end, 0), rows + pad + end);
}

/** Columns (and rows) after the image that the last taps reach; negative: those that no window reaches. */
const beyondTheEnd = ({ rows, outputRows, kernel, stride, pad }: BlockedConvolution): number =>
  kernel + stride * (outputRows - 1) - rows - pad;

/** dy as the filter bank [filters, batch, outputRows, outputRows]. */
function imagesAsFilters(graph: Graph, { filters, outputRows, batch, block }: BlockedConvolution, dy: Value): Value {
  const apart = graph.reshape(dy, batch / block, block, filters / block, outputRows * outputRows, block);
  return graph.reshape(graph.transpose(apart, 2, 0, 3, 1, 4), filters, batch, outputRows, outputRows);
}
