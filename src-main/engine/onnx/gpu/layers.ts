import {
  batchLastLayout,
  convolutionValueBy,
  layerValue,
  poolingValueBy,
  type Layout,
  type LayerValues,
} from '../layers.ts';
import * as convolution from './convolution.ts';
import * as pooling from './pooling.ts';
import * as relu from './relu.ts';
import * as softmaxCrossEntropy from './softmax-cross-entropy.ts';

const values: Partial<LayerValues> = {
  convolution: convolutionValueBy(convolution),
  pooling: poolingValueBy(pooling),
  relu,
};

/** For graphics cards: batch last, with the operators written in what their providers have kernels for. */
export const cardLayout: Layout = {
  ...batchLastLayout,
  softmaxCrossEntropy,
  layerValue: (graph, layer, inputs) => layerValue(graph, layer, inputs, values),
};
