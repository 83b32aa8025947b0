import { volume } from '../../../network/layers/layer.ts';
import type { Graph, Value } from '../graph.ts';
import { asImages, flattened, type StandardGraph } from '../standard/graph.ts';
import {
  ALL,
  batchFirst,
  batchLast,
  fromBlocked,
  toBlocked,
  type LayerForm,
  type LayerKind,
  type LayerOf,
  type LayerParameters,
} from './layer.ts';
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

const batchLastForm: LayerForm<'dense'> = (graph, { input, output }, { inputs: [x], batch, parameters }) => {
  const { weight, bias } = parameters as Required<LayerParameters>;
  const shape = { inputs: input[0] * input[1] * input[2], units: output[0] };
  const flatX = graph.reshape(x, shape.inputs, -1);
  return {
    y: graph.reshape(forward(graph, shape, batch, flatX, weight, bias), ...output, -1),
    backward: (dy, [needX], learns = ALL) => {
      const flatDy = graph.reshape(dy, shape.units, -1);
      return {
        inputs: [needX ? graph.reshape(inputGradient(graph, shape, batch, weight, flatDy), ...input, -1) : undefined],
        parameters: {
          weight: learns('weight') ? weightGradient(graph, shape, batch, flatX, flatDy) : undefined,
          bias: learns('bias') ? biasGradient(graph, flatDy) : undefined,
        },
      };
    },
  };
};

/** Rows of a matrix [N or N tokens, inputs], each times w': y = x w' + b, dx = dy w, dw = dy' x. */
const batchFirstForm: LayerForm<'dense'> = (graph, { spec, input, output }, { inputs: [x], batch, parameters }) => {
  const { weight, bias } = parameters!;
  const inputs = spec.over === 'last' ? input.at(-1)! : volume(input);
  const units = spec.over === 'last' ? output.at(-1)! : output[0];
  const count = (batch * volume(input)) / inputs;
  const rows = { value: graph.reshape(x, -1, inputs) };
  const w = { value: weight! };
  const y = matrixProduct(graph, rows, { ...w, transposed: true }, [count, units, inputs], bias);
  return {
    y: graph.reshape(y, -1, ...output),
    backward: (dy, [needX], learns = ALL) => {
      const dRows = { value: graph.reshape(dy, -1, units) };
      const dx = () => graph.reshape(matrixProduct(graph, dRows, w, [count, inputs, units]), -1, ...input);
      const dw = () => matrixProduct(graph, { ...dRows, transposed: true }, rows, [units, inputs, count]);
      return {
        inputs: [needX ? dx() : undefined],
        parameters: {
          weight: learns('weight') ? dw() : undefined,
          bias:
            bias !== undefined && learns('bias')
              ? graph.node('ReduceSum', [dRows.value, graph.integers(0)], { keepdims: 0 })
              : undefined,
        },
      };
    },
  };
};

/** x w' + b along the last axis. */
function lastAxis(graph: StandardGraph, layer: LayerOf<'dense'>, name: string, x: string, output?: string): string {
  const turned = graph.node(`${name}.turned`, 'Transpose', [`${layer.name}.weight`], { perm: [1, 0] });
  if (layer.spec.bias === false) return graph.node(name, 'MatMul', [x, turned], {}, output);
  const product = graph.node(`${name}.product`, 'MatMul', [x, turned]);
  return graph.node(name, 'Add', [product, `${layer.name}.bias`], {}, output);
}

export const dense: LayerKind<'dense'> = {
  batchFirst: batchFirstForm,
  batchLast: batchLastForm,
  // Reads blocked images and returns their gradient so; its output is batch last, as all above it.
  blocked: () => (graph, layer, inputs) => {
    const plain = fromBlocked(graph, inputs.inputs[0], layer.input[0]);
    const value = batchLastForm(graph, layer, { ...inputs, inputs: [batchLast(graph, plain, layer.input)] });
    return {
      y: value.y,
      backward: (dy, needs, learns) => {
        const {
          inputs: [x],
          parameters,
        } = value.backward(dy, needs, learns);
        return { inputs: [x && toBlocked(graph, batchFirst(graph, x, layer.input))], parameters };
      },
    };
  },
  standard: (graph, layer, name, [x], output) => {
    const { bias, over } = layer.spec;
    if (over === 'last') return { value: lastAxis(graph, layer, name, asImages(graph, name, x), output), flat: false };
    const weights = bias === false ? ['weight'] : ['weight', 'bias'];
    const inputs = [flattened(graph, name, x), ...weights.map((of) => `${layer.name}.${of}`)];
    return { value: graph.node(name, 'Gemm', inputs, { transB: 1 }, output), flat: true };
  },
};
