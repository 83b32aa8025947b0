import type { Layer, Shape } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import * as convolution from './operators/convolution.ts';
import * as dense from './operators/dense.ts';
import * as dropout from './operators/dropout.ts';
import * as lrn from './operators/lrn.ts';
import * as pooling from './operators/pooling.ts';
import * as relu from './operators/relu.ts';
import * as softmaxCrossEntropy from './operators/softmax-cross-entropy.ts';

/**
 * Values between layers are [channels, rows, columns, N], the batch last: windows that slide over rows and columns then
 * move whole runs of N numbers, and sums over channels are single matrix products.
 */
export function batchLast(graph: Graph, x: Value, [channels, rows, columns]: Shape): Value {
  const images = graph.reshape(x, -1, channels * rows * columns);
  return graph.reshape(graph.transpose(images, 1, 0), channels, rows, columns, -1);
}

/** Values between layers in the plain order of the rest of the program, [N, channels, rows, columns]. */
export function batchFirst(graph: Graph, x: Value, [channels, rows, columns]: Shape): Value {
  const images = graph.transpose(graph.reshape(x, channels * rows * columns, -1), 1, 0);
  return graph.reshape(images, -1, channels, rows, columns);
}

/** Weight and bias of a layer that has them. */
export interface LayerParameters {
  readonly weight: Value;
  readonly bias: Value;
}

export interface LayerInputs {
  readonly x: Value;
  /** Images; of an evaluation, whose batches vary, what is expected. */
  readonly batch: number;
  readonly parameters?: LayerParameters;
  /** 0 or 1 / (1 - rate) of a dropout layer, batch last; absent: no dropout. */
  readonly dropoutMask?: Value;
}

export interface LayerGradients {
  /** Absent where nobody below learns. */
  readonly x?: Value;
  /** Of what learns. */
  readonly parameters?: Partial<LayerParameters>;
}

/** A layer's output, and what to add to the graph for its gradients, given the output's. */
export interface LayerValue {
  readonly y: Value;
  readonly backward: (dy: Value, needX: boolean, learns?: Learning) => LayerGradients;
}

/** Which parameters of a layer need a gradient. */
export interface Learning {
  readonly weight: boolean;
  readonly bias: boolean;
}

export const BOTH: Learning = { weight: true, bias: true };

/** How values between layers are laid out, and the operators that go with it. */
export interface Layout {
  /** What layer 1 reads, of images [N, 3, rows, columns]. */
  images(graph: Graph, images: Value, shape: Shape): Value;
  /** Of the values that a layer puts out, for those who take them over into another graph. */
  shape(layer: Layer, batch: number | 'N'): (number | 'N')[];
  /** What a dropout layer reads, of a mask [N, ...shape of the layer]. */
  dropoutMask(graph: Graph, mask: Value, layer: Layer): Value;
  /** Adds a layer's forward pass; that of its gradients only when `backward` is called. */
  layerValue(graph: Graph, layer: Layer, inputs: LayerInputs): LayerValue;
  /** Of the last layer's output, [classes, N]. */
  readonly softmaxCrossEntropy: Pick<typeof softmaxCrossEntropy, 'forward' | 'backward'>;
}

/** For any network, any number of images and any processor. */
export const batchLastLayout: Layout = {
  images: batchLast,
  shape: ({ output }, batch) => [...output, batch],
  dropoutMask: (graph, mask, { output }) => batchLast(graph, mask, output),
  layerValue,
  softmaxCrossEntropy,
};

/** The layers that are written in more than one way. */
export interface LayerValues {
  convolution(
    graph: Graph,
    shape: convolution.Convolution,
    batch: number,
    x: Value,
    parameters: LayerParameters,
  ): LayerValue;
  pooling(graph: Graph, shape: pooling.Pooling, batch: number, x: Value): LayerValue;
  lrn(graph: Graph, parameters: lrn.Lrn, shape: Shape, x: Value): LayerValue;
  readonly relu: Pick<typeof relu, 'forward' | 'backward'>;
}

const batchLastValues: LayerValues = {
  convolution: convolutionValueBy(convolution),
  pooling: poolingValueBy(pooling),
  lrn: lrnValueBy(),
  relu,
};

/** Batch last, but for what `values` has in a way of its own. */
export function layerValue(
  graph: Graph,
  layer: Layer,
  { x, batch, parameters, dropoutMask }: LayerInputs,
  values: Partial<LayerValues> = {},
): LayerValue {
  const { convolution, pooling, lrn, relu } = { ...batchLastValues, ...values };
  const { spec, input, output } = layer;
  const windows = { channels: input[0], rows: input[1], outputRows: output[1] };
  switch (spec.type) {
    case 'conv':
      return convolution(graph, { ...spec, ...windows }, batch, x, parameters!);
    case 'dense':
      return denseValue(graph, layer, batch, x, parameters!);
    case 'relu': {
      const y = relu.forward(graph, x);
      return { y, backward: (dy) => ({ x: relu.backward(graph, y, dy) }) };
    }
    case 'pool':
      return pooling(graph, { ...spec, ...windows }, batch, x);
    case 'lrn':
      return lrn(graph, spec, input, x);
    case 'dropout':
      if (dropoutMask === undefined) return { y: x, backward: (dy) => ({ x: dy }) };
      return {
        y: dropout.forward(graph, x, dropoutMask),
        backward: (dy) => ({ x: dropout.backward(graph, dropoutMask, dy) }),
      };
  }
}

export function convolutionValueBy(
  operator: Pick<typeof convolution, 'forward' | 'inputGradient' | 'weightGradient' | 'biasGradient'>,
): LayerValues['convolution'] {
  return (graph, shape, batch, x, { weight, bias }) => ({
    y: operator.forward(graph, shape, x, weight, bias),
    backward: (dy, needX, learns = BOTH) => ({
      x: needX ? operator.inputGradient(graph, shape, weight, dy) : undefined,
      parameters: {
        weight: learns.weight ? operator.weightGradient(graph, shape, batch, x, dy) : undefined,
        bias: learns.bias ? operator.biasGradient(graph, dy) : undefined,
      },
    }),
  });
}

/** @param product of the band matrix (operators/lrn.ts) */
export function lrnValueBy(product?: lrn.BandProduct): LayerValues['lrn'] {
  return (graph, parameters, shape, x) => {
    const normalised = lrn.forward(graph, parameters, shape, x, product);
    return {
      y: normalised.y,
      backward: (dy) => ({ x: lrn.backward(graph, parameters, shape, x, normalised, dy, product) }),
    };
  };
}

export function poolingValueBy(operator: Pick<typeof pooling, 'forward' | 'backward'>): LayerValues['pooling'] {
  return (graph, windows, batch, x) => {
    const shape = { ...windows, together: batch };
    const pooled = operator.forward(graph, shape, x);
    return { y: pooled.y, backward: (dy) => ({ x: operator.backward(graph, shape, x, pooled, dy) }) };
  };
}

function denseValue(
  graph: Graph,
  { input, output }: Layer,
  batch: number,
  x: Value,
  { weight, bias }: LayerParameters,
): LayerValue {
  const shape = { inputs: input[0] * input[1] * input[2], units: output[0] };
  const flatX = graph.reshape(x, shape.inputs, -1);
  return {
    y: graph.reshape(dense.forward(graph, shape, batch, flatX, weight, bias), ...output, -1),
    backward: (dy, needX, learns = BOTH) => {
      const flatDy = graph.reshape(dy, shape.units, -1);
      return {
        x: needX ? graph.reshape(dense.inputGradient(graph, shape, batch, weight, flatDy), ...input, -1) : undefined,
        parameters: {
          weight: learns.weight ? dense.weightGradient(graph, shape, batch, flatX, flatDy) : undefined,
          bias: learns.bias ? dense.biasGradient(graph, flatDy) : undefined,
        },
      };
    },
  };
}

/**
 * A ReLU below a max-pooling changes places with it: the maximum of rectified values is the rectified maximum, with the
 * same gradient (a window whose maximum is not positive has none; in any other the same pixel is the first maximum),
 * and there are fewer of them.
 */
export function poolBeforeRelu(layers: readonly Layer[]): Layer[] {
  const ordered = [...layers];
  ordered.forEach((layer, index) => {
    const above = ordered[index + 1];
    if (layer.spec.type !== 'relu' || above?.spec.type !== 'pool' || above.spec.mode !== 'max') return;
    ordered[index] = above;
    ordered[index + 1] = { ...layer, input: above.output, output: above.output };
  });
  return ordered;
}
