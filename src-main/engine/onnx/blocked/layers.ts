import type { Layer, Network } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import { batchLast, batchLastLayout, layerValue, type LayerInputs, type LayerValue, type Layout } from '../layers.ts';
import * as dropout from '../operators/dropout.ts';
import * as lrn from '../operators/lrn.ts';
import * as relu from '../operators/relu.ts';
import * as convolution from './convolution.ts';
import { fromBlocked, toBlocked, type Blocked } from './layout.ts';
import { blockedBandProduct } from './lrn.ts';
import * as pooling from './pooling.ts';

/**
 * Blocked images up to the first dense layer, batch last from there on. Only for networks and batches that `canBeBlocked`
 * lets pass.
 */
export function blockedLayout(network: Network, { block }: Blocked): Layout {
  const dense = network.layers.find(({ spec }) => spec.type === 'dense')!;
  const isBelow = (layer: Layer) => layer.n < dense.n;
  return {
    ...batchLastLayout,
    images: (_graph, images) => images,
    shape: (layer, batch) => (isBelow(layer) ? [batch, ...layer.output] : batchLastLayout.shape(layer, batch)),
    dropoutMask: (graph, mask, layer) =>
      isBelow(layer) ? toBlocked(graph, mask) : batchLastLayout.dropoutMask(graph, mask, layer),
    layerValue: (graph, layer, inputs) => {
      if (isBelow(layer)) return blockedValue(graph, layer, block, inputs);
      return layer.name === dense.name ? firstDense(graph, layer, inputs) : layerValue(graph, layer, inputs);
    },
  };
}

function blockedValue(graph: Graph, { spec, input, output }: Layer, block: number, inputs: LayerInputs): LayerValue {
  const { x, batch, parameters, dropoutMask } = inputs;
  const windows = { channels: input[0], rows: input[1], outputRows: output[1], batch, block };
  switch (spec.type) {
    case 'conv': {
      const shape = { ...spec, ...windows };
      const filters = convolution.filtersInBlocks(graph, shape, parameters!.weight);
      return {
        y: convolution.forward(graph, shape, x, filters, parameters!.bias),
        backward: (dy, needX) => ({
          x: needX ? convolution.inputGradient(graph, shape, filters, dy) : undefined,
          parameters: {
            weight: convolution.weightGradient(graph, shape, x, dy),
            bias: convolution.biasGradient(graph, shape, dy),
          },
        }),
      };
    }
    case 'relu': {
      const y = relu.forward(graph, x);
      return { y, backward: (dy) => ({ x: relu.backward(graph, y, dy) }) };
    }
    case 'pool': {
      const shape = { ...spec, ...windows };
      const pooled = pooling.forward(graph, shape, x);
      return { y: pooled.y, backward: (dy) => ({ x: pooling.backward(graph, shape, x, pooled, dy) }) };
    }
    case 'lrn': {
      const product = blockedBandProduct(block);
      const normalised = lrn.forward(graph, spec, input, x, product);
      return {
        y: normalised.y,
        backward: (dy) => ({ x: lrn.backward(graph, spec, input, x, normalised, dy, product) }),
      };
    }
    case 'dropout':
      if (dropoutMask === undefined) return { y: x, backward: (dy) => ({ x: dy }) };
      return {
        y: dropout.forward(graph, x, dropoutMask),
        backward: (dy) => ({ x: dropout.backward(graph, dropoutMask, dy) }),
      };
    case 'dense':
      throw new Error('a dense layer has no images');
  }
}

/** Takes blocked images and gives their gradient so. */
function firstDense(graph: Graph, layer: Layer, inputs: LayerInputs): LayerValue {
  const [channels, rows, columns] = layer.input;
  const plain = fromBlocked(graph, inputs.x, channels);
  const value = layerValue(graph, layer, { ...inputs, x: batchLast(graph, plain, layer.input) });
  return {
    y: value.y,
    backward: (dy, needX) => {
      const { x, parameters } = value.backward(dy, needX);
      return { x: x && toBlocked(graph, batchFirst(graph, x, channels, rows, columns)), parameters };
    },
  };
}

/** [channels, rows, columns, N] as [N, channels, rows, columns] */
function batchFirst(graph: Graph, x: Value, channels: number, rows: number, columns: number): Value {
  const images = graph.transpose(graph.reshape(x, channels * rows * columns, -1), 1, 0);
  return graph.reshape(images, -1, channels, rows, columns);
}
