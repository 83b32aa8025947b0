import type { Layer, Network } from '../../../network/network.ts';
import type { Graph } from '../graph.ts';
import {
  batchFirst,
  batchLast,
  batchLastLayout,
  BOTH,
  layerValue,
  lrnValueBy,
  type LayerInputs,
  type LayerValue,
  type LayerValues,
  type Layout,
} from '../layers.ts';
import * as convolution from './convolution.ts';
import { fromBlocked, toBlocked, type Blocked } from './layout.ts';
import { blockedBandProduct } from './lrn.ts';
import * as pooling from './pooling.ts';
import { isFasterBySpectrum, spectralConvolution } from './spectral.ts';

/**
 * Blocked images up to the first dense layer, batch last from there on. Only for networks and batches that `canBeBlocked`
 * lets pass.
 */
export function blockedLayout(network: Network, { block }: Blocked): Layout {
  const dense = network.layers.find(({ spec }) => spec.type === 'dense')!;
  const isBelow = (layer: Layer) => layer.n < dense.n;
  const values = blockedValues(block);
  return {
    ...batchLastLayout,
    images: (_graph, images) => images,
    shape: (layer, batch) => (isBelow(layer) ? [batch, ...layer.output] : batchLastLayout.shape(layer, batch)),
    dropoutMask: (graph, mask, layer) =>
      isBelow(layer) ? toBlocked(graph, mask) : batchLastLayout.dropoutMask(graph, mask, layer),
    layerValue: (graph, layer, inputs) => {
      if (isBelow(layer)) return layerValue(graph, layer, inputs, values);
      return layer.name === dense.name ? firstDense(graph, layer, inputs) : layerValue(graph, layer, inputs);
    },
  };
}

function blockedValues(block: number): Partial<LayerValues> {
  return {
    convolution: (graph, windows, batch, x, { weight, bias }) => {
      const shape = { ...windows, batch, block };
      if (isFasterBySpectrum(shape)) return spectralConvolution(graph, shape, x, { weight, bias });
      const filters = convolution.filtersInBlocks(graph, shape, weight);
      return {
        y: convolution.forward(graph, shape, x, filters, bias),
        backward: (dy, needX, learns = BOTH) => ({
          x: needX ? convolution.inputGradient(graph, shape, filters, dy) : undefined,
          parameters: {
            weight: learns.weight ? convolution.weightGradient(graph, shape, x, dy) : undefined,
            bias: learns.bias ? convolution.biasGradient(graph, shape, dy) : undefined,
          },
        }),
      };
    },
    pooling: (graph, windows, batch, x) => {
      const shape = { ...windows, batch, block };
      const pooled = pooling.forward(graph, shape, x);
      return { y: pooled.y, backward: (dy) => ({ x: pooling.backward(graph, shape, x, pooled, dy) }) };
    },
    lrn: lrnValueBy(blockedBandProduct(block)),
  };
}

/** Takes blocked images and gives their gradient so. */
function firstDense(graph: Graph, layer: Layer, inputs: LayerInputs): LayerValue {
  const plain = fromBlocked(graph, inputs.x, layer.input[0]);
  const value = layerValue(graph, layer, { ...inputs, x: batchLast(graph, plain, layer.input) });
  return {
    y: value.y,
    backward: (dy, needX, learns) => {
      const { x, parameters } = value.backward(dy, needX, learns);
      return { x: x && toBlocked(graph, batchFirst(graph, x, layer.input)), parameters };
    },
  };
}
