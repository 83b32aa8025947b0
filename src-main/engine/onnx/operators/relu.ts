import type { Graph, Value } from '../graph.ts';

/** y = max(x, 0), any shape. */
export function forward(graph: Graph, x: Value): Value {
  return graph.node('Relu', [x]);
}

/** dx = dy where y > 0, else 0 (the subgradient at 0 is 0, as in Caffe). Needs y only.
 * A product with 0 or 1: onnxruntime's Where takes half as long again. */
export function backward(graph: Graph, y: Value, dy: Value): Value {
  return graph.node('Mul', [graph.cast(graph.node('Greater', [y, graph.constant(0)])), dy]);
}
