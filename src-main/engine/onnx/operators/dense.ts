import type { Graph, Value } from '../graph.ts';

/** y[N, units] = x[N, inputs] w^T + b, with w[units, inputs] and b[units]. */
export function forward(graph: Graph, x: Value, weight: Value, bias: Value): Value {
  return graph.node('Gemm', [x, weight, bias], { transB: 1 });
}

/** dx = dy w */
export function inputGradient(graph: Graph, weight: Value, dy: Value): Value {
  return graph.node('Gemm', [dy, weight]);
}

/** dw = dy^T x */
export function weightGradient(graph: Graph, x: Value, dy: Value): Value {
  return graph.node('Gemm', [dy, x], { transA: 1 });
}

/** db = the sum of dy over the batch */
export function biasGradient(graph: Graph, dy: Value): Value {
  return graph.node('ReduceSum', [dy, graph.integers(0)], { keepdims: 0 });
}
