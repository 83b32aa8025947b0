import type { Graph, Value } from '../graph.ts';

/**
 * Inverted dropout (Srivastava et al. 2014): y = mask * x, where the mask is 0 or 1 / (1 - rate). The mask is an input,
 * drawn from the run's random stream, so that a resumed run sees the same one. Left out of evaluation.
 */
export function forward(graph: Graph, x: Value, mask: Value): Value {
  return graph.node('Mul', [x, mask]);
}

/** dx = mask * dy. */
export function backward(graph: Graph, mask: Value, dy: Value): Value {
  return graph.node('Mul', [dy, mask]);
}
