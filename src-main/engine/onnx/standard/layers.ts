import type { Layer } from '../../../network/network.ts';
import { along } from '../operators/pooling.ts';
import type { StandardGraph } from './graph.ts';

/** What a layer reads: [N, channels, rows, columns], or where it is flat [N, values]. */
export interface LayerInput {
  readonly value: string;
  readonly flat: boolean;
}

/**
 * Adds a layer under this name; its parameters are constants of the graph already, under their own names. Our mathematics
 * are the standard's: Conv and Gemm with weights as they are, pooling that leaves out what is padding, LRN across channels
 * with the sum divided by its size (https://onnx.ai/onnx/operators).
 *
 * @param output name of what it puts out, where it has one
 */
export function addLayer(graph: StandardGraph, layer: Layer, name: string, x: LayerInput, output?: string): LayerInput {
  const { spec } = layer;
  const parameters = [`${layer.name}.weight`, `${layer.name}.bias`];
  switch (spec.type) {
    case 'conv': {
      const { kernel, stride, pad, groups } = spec;
      const window = {
        kernel_shape: both(kernel),
        strides: both(stride),
        pads: [...both(pad), ...both(pad)],
        group: groups,
      };
      return images(graph.node(name, 'Conv', [unflattened(graph, name, x), ...parameters], window, output));
    }
    case 'dense':
      return {
        value: graph.node(name, 'Gemm', [flattened(graph, name, x), ...parameters], { transB: 1 }, output),
        flat: true,
      };
    case 'relu':
      return { value: graph.node(name, 'Relu', [x.value], {}, output), flat: x.flat };
    case 'pool': {
      const [channels, rows] = layer.input;
      const [operator, window] = along({ ...spec, channels, rows, outputRows: layer.output[1] }, [true, true]);
      return images(graph.node(name, operator, [unflattened(graph, name, x)], window, output));
    }
    case 'lrn': {
      const { size, alpha, beta, k } = spec;
      const attributes = { size, alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } };
      return images(graph.node(name, 'LRN', [unflattened(graph, name, x)], attributes, output));
    }
    case 'dropout':
      return x;
  }
}

const both = (size: number): number[] => [size, size];
const images = (value: string): LayerInput => ({ value, flat: false });

/** In the order channel, row, column, as dense weights have it. */
function flattened(graph: StandardGraph, name: string, { value, flat }: LayerInput): string {
  return flat ? value : graph.node(`${name}.flatten`, 'Flatten', [value], { axis: 1 });
}

/** What is flat is one row and one column of channels. */
function unflattened(graph: StandardGraph, name: string, { value, flat }: LayerInput): string {
  if (!flat) return value;
  const axes = graph.constant(`${name}.axes`, [2], BigInt64Array.of(2n, 3n));
  return graph.node(`${name}.unsqueeze`, 'Unsqueeze', [value, axes]);
}
