import type { Graph, Value } from '../graph.ts';
import { flattened } from '../standard/graph.ts';
import { batchFirst, batchLast, BOTH, fromBlocked, toBlocked, type LayerForm, type LayerKind } from './layer.ts';
import { matrixProduct } from './matrix-product.ts';

export interface Dense {
  readonly inputs: number;
  readonly units: number;
}

/** y = w x + b, with x[inputs, N], w[units, inputs], b[units] and y[units, N]. */
export function forward(graph: Graph, { units }: Dense, batch: number, x: Value, weight: Value, bias: Value): Value {
  const product = matrixProduct(graph, { value: weight }, { value: x }, [units, batch]);
  return graph.node('Add', [product, graph.reshape(bias, units, 1)]);
}

/** dx = w^T dy */
export function inputGradient(graph: Graph, { inputs }: Dense, batch: number, weight: Value, dy: Value): Value {
  return matrixProduct(graph, { value: weight, transposed: true }, { value: dy }, [inputs, batch]);
}

/** dw = dy x^T, a sum over the batch */
export function weightGradient(graph: Graph, { inputs, units }: Dense, batch: number, x: Value, dy: Value): Value {
  return matrixProduct(graph, { value: dy }, { value: x, transposed: true }, [units, inputs, batch]);
}

/** db = the sum of dy over the batch */
export function biasGradient(graph: Graph, dy: Value): Value {
  return graph.node('ReduceSum', [dy, graph.integers(1)], { keepdims: 0 });
}

const batchLastForm: LayerForm<'dense'> = (graph, { input, output }, { x, batch, parameters }) => {
  const { weight, bias } = parameters!;
  const shape = { inputs: input[0] * input[1] * input[2], units: output[0] };
  const flatX = graph.reshape(x, shape.inputs, -1);
  return {
    y: graph.reshape(forward(graph, shape, batch, flatX, weight, bias), ...output, -1),
    backward: (dy, needX, learns = BOTH) => {
      const flatDy = graph.reshape(dy, shape.units, -1);
      return {
        x: needX ? graph.reshape(inputGradient(graph, shape, batch, weight, flatDy), ...input, -1) : undefined,
        parameters: {
          weight: learns.weight ? weightGradient(graph, shape, batch, flatX, flatDy) : undefined,
          bias: learns.bias ? biasGradient(graph, flatDy) : undefined,
        },
      };
    },
  };
};

export const dense: LayerKind<'dense'> = {
  batchLast: batchLastForm,
  // Reads blocked images and returns their gradient so; its output is batch last, as all above it.
  blocked: () => (graph, layer, inputs) => {
    const plain = fromBlocked(graph, inputs.x, layer.input[0]);
    const value = batchLastForm(graph, layer, { ...inputs, x: batchLast(graph, plain, layer.input) });
    return {
      y: value.y,
      backward: (dy, needX, learns) => {
        const { x, parameters } = value.backward(dy, needX, learns);
        return { x: x && toBlocked(graph, batchFirst(graph, x, layer.input)), parameters };
      },
    };
  },
  standard: (graph, layer, name, x, output) => {
    const inputs = [flattened(graph, name, x), `${layer.name}.weight`, `${layer.name}.bias`];
    return { value: graph.node(name, 'Gemm', inputs, { transB: 1 }, output), flat: true };
  },
};
