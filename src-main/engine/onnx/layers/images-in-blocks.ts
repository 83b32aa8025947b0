import type { Graph, Value } from '../graph.ts';

// What onnxruntime's kernels for blocked images (layer.ts) do in one go over them, though they were made for convolutions.

interface Images {
  readonly batch: number;
  readonly channels: number;
  readonly pixels: number;
  readonly block: number;
}

/** [channels]: the sum of each channel's numbers. */
export function sumOfImages(graph: Graph, x: Value, { batch, channels, pixels, block }: Images): Value {
  const planes = graph.reshape(x, (batch * channels) / block, pixels, block);
  const perImage = graph.node('ReduceSum', [planes, graph.integers(1)], { keepdims: 0 });
  return graph.node('ReduceSum', [graph.reshape(perImage, batch, channels), graph.integers(0)], { keepdims: 0 });
}

/**
 * [channels]: the sum of each channel's x y. A channel of an image is convolved with another, as large as itself, which reads
 * both and writes nothing: a tenth of the time of a product and its sum.
 */
export function sumOfProducts(graph: Graph, x: Value, y: Value, { batch, channels, pixels }: Images): Value {
  const planes = batch * channels;
  const inputs = [graph.reshape(x, 1, planes, 1, pixels), graph.reshape(y, planes, 1, 1, pixels)];
  const perImage = graph.blocked('Conv', inputs, { ...window(1, pixels), group: planes });
  return graph.node('ReduceSum', [graph.reshape(perImage, batch, channels), graph.integers(0)], { keepdims: 0 });
}

/**
 * factor x + summand, both [channels], of images [N, channels, rows, columns]: a convolution of each channel with one number.
 * onnxruntime's Mul and Add take five times as long each, as they go through a block at a time.
 */
export function scaledImages(graph: Graph, x: Value, channels: number, factor: Value, summand?: Value): Value {
  const weight = graph.reshape(factor, channels, 1, 1, 1);
  return graph.blocked('Conv', summand === undefined ? [x, weight] : [x, weight, summand], {
    ...window(1, 1),
    group: channels,
  });
}

/** x + sum, of which x is from `scaledImages` or a convolution that nothing reads yet: done where x is written. */
export function plus(graph: Graph, x: Value, sum: Value): Value {
  const extended = graph.extend(x, 'Conv', ({ input, attributes }) => {
    if (input.length > 3 || attributes.has('activation')) return undefined;
    const [images, weight, bias = ''] = input;
    return { input: [images, weight, bias, sum] };
  });
  return extended ? x : graph.node('Add', [x, sum]);
}

/**
 * Makes factor x + summand, both [channels], where a convolution that has no bias makes x: of weights times the factor. Whether
 * it did.
 */
export function scaledWhereMade(
  graph: Graph,
  x: Value,
  { channels, block }: Pick<Images, 'channels' | 'block'>,
  factor: () => Value,
  summand: () => Value,
): boolean {
  return graph.extend(x, 'Conv', ({ input, attributes }) => {
    if (input.length > 2 || attributes.has('activation')) return undefined;
    const [images, bank] = input;
    const blocks = channels / block;
    const [weights, factors] = [graph.reshape(bank, blocks, -1, block), graph.reshape(factor(), blocks, 1, block)];
    const shape = graph.node('Shape', [bank]);
    return { input: [images, graph.node('Reshape', [graph.node('Mul', [weights, factors]), shape]), summand()] };
  });
}

/** Gives a convolution that has none a bias, [channels]; whether it did. */
export function withSummand(graph: Graph, x: Value, summand: () => Value): boolean {
  return graph.extend(x, 'Conv', ({ input, attributes }) =>
    input.length > 2 || attributes.has('activation') ? undefined : { input: [...input, summand()] },
  );
}

/** max(x, 0), the same way. */
export function rectified(graph: Graph, x: Value): Value {
  const extended = graph.extend(x, 'Conv', ({ attributes }) =>
    attributes.has('activation') ? undefined : { attributes: { activation: 'Relu' } },
  );
  return extended ? x : graph.node('Relu', [x]);
}

const window = (rows: number, columns: number) => ({
  ...{ kernel_shape: [rows, columns], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] },
});
