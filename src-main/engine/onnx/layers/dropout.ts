import type { Graph, Value } from '../graph.ts';
import type { LayerKind } from './layer.ts';

/**
 * Inverted dropout (Srivastava et al. 2014): y = mask * x, where the mask is 0 or 1 / (1 - rate). The mask is an input,
 * drawn from the run's random stream, so that a resumed run sees the same one. Evaluation leaves it out.
 */
export function forward(graph: Graph, x: Value, mask: Value): Value {
  return graph.node('Mul', [x, mask]);
}

/** dx = mask * dy */
export function backward(graph: Graph, mask: Value, dy: Value): Value {
  return graph.node('Mul', [dy, mask]);
}

export const dropout: LayerKind<'dropout'> = {
  batchLast: (graph, _layer, { x, dropoutMask: mask }) => {
    if (mask === undefined) return { y: x, backward: (dy) => ({ x: dy }) };
    return { y: forward(graph, x, mask), backward: (dy) => ({ x: backward(graph, mask, dy) }) };
  },
  // A trained network has no dropout: its values were scaled in training.
  standard: (_graph, _layer, _name, x) => x,
};
