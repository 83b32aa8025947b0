import type { Layer } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import * as convolution from './operators/convolution.ts';
import * as dense from './operators/dense.ts';
import * as dropout from './operators/dropout.ts';
import * as lrn from './operators/lrn.ts';
import * as pooling from './operators/pooling.ts';
import * as relu from './operators/relu.ts';

/** Weight and bias of a layer that has them. */
export interface LayerParameters {
  readonly weight: Value;
  readonly bias: Value;
}

export interface LayerGradients {
  /** Gradient of the input; absent where nobody below learns. */
  readonly input?: Value;
  readonly parameters?: LayerParameters;
}

/** A layer in the training graph: its output, and what to add to the graph for its gradients, given the output's. */
export interface TapedLayer {
  readonly output: Value;
  readonly backward: (dy: Value, needInput: boolean) => LayerGradients;
}

const flat = (graph: Graph, x: Value, size: number) => graph.reshape(x, -1, size);
const image = (graph: Graph, x: Value, [channels, rows, columns]: Layer['input']) =>
  graph.reshape(x, -1, channels, rows, columns);

/** A layer without a way back: for evaluation and for frozen layers. Values are [N, channels, rows, columns]. */
export function layerForward(
  graph: Graph,
  { spec, input, output }: Layer,
  x: Value,
  parameters: LayerParameters | undefined,
  dropoutMask: Value | undefined,
): Value {
  switch (spec.type) {
    case 'conv':
      return convolution.forward(graph, spec, x, parameters!.weight, parameters!.bias);
    case 'dense': {
      const rows = flat(graph, x, input[0] * input[1] * input[2]);
      return image(graph, dense.forward(graph, rows, parameters!.weight, parameters!.bias), output);
    }
    case 'relu':
      return relu.forward(graph, x);
    case 'pool':
      return pooling.forward(graph, spec, x);
    case 'lrn':
      return lrn.forward(graph, spec, [input[0], input[1]], x).y;
    case 'dropout':
      return dropoutMask === undefined ? x : dropout.forward(graph, x, dropoutMask);
  }
}

/** A layer that learns, or stands above one that does. */
export function layerForTraining(
  graph: Graph,
  layer: Layer,
  batch: number,
  x: Value,
  parameters: LayerParameters | undefined,
  dropoutMask: Value | undefined,
): TapedLayer {
  const { spec, input, output } = layer;
  switch (spec.type) {
    case 'conv': {
      const shape = { ...spec, batch, channels: input[0], rows: input[1], outputRows: output[1] };
      return {
        output: layerForward(graph, layer, x, parameters, undefined),
        backward: (dy, needInput) => ({
          parameters: {
            weight: convolution.weightGradient(graph, shape, x, dy),
            bias: convolution.biasGradient(graph, dy),
          },
          input: needInput ? convolution.inputGradient(graph, shape, parameters!.weight, dy) : undefined,
        }),
      };
    }
    case 'dense': {
      const rows = flat(graph, x, input[0] * input[1] * input[2]);
      return {
        output: image(graph, dense.forward(graph, rows, parameters!.weight, parameters!.bias), output),
        backward: (dyImage, needInput) => {
          const dy = flat(graph, dyImage, output[0]);
          return {
            parameters: { weight: dense.weightGradient(graph, rows, dy), bias: dense.biasGradient(graph, dy) },
            input: needInput ? image(graph, dense.inputGradient(graph, parameters!.weight, dy), input) : undefined,
          };
        },
      };
    }
    case 'relu': {
      const y = relu.forward(graph, x);
      return { output: y, backward: (dy) => ({ input: relu.backward(graph, y, dy) }) };
    }
    case 'pool': {
      const shape = { ...spec, batch, channels: input[0], rows: input[1], outputRows: output[1] };
      const pooled = pooling.forwardForTraining(graph, spec, x);
      return { output: pooled.y, backward: (dy) => ({ input: pooling.backward(graph, shape, x, pooled, dy) }) };
    }
    case 'lrn': {
      const shape = [input[0], input[1]] as const;
      const normalised = lrn.forward(graph, spec, shape, x);
      return {
        output: normalised.y,
        backward: (dy) => ({ input: lrn.backward(graph, spec, shape, x, normalised, dy) }),
      };
    }
    case 'dropout':
      return {
        output: dropout.forward(graph, x, dropoutMask!),
        backward: (dy) => ({ input: dropout.backward(graph, dropoutMask!, dy) }),
      };
  }
}
