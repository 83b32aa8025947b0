import type { Graph, Value } from '../graph.ts';
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

/** dw = dy x^T, sums over the batch */
export function weightGradient(graph: Graph, { inputs, units }: Dense, batch: number, x: Value, dy: Value): Value {
  return matrixProduct(graph, { value: dy }, { value: x, transposed: true }, [units, inputs, batch]);
}

/** db = the sum of dy over the batch */
export function biasGradient(graph: Graph, dy: Value): Value {
  return graph.node('ReduceSum', [dy, graph.integers(1)], { keepdims: 0 });
}
