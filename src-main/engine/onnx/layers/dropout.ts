import type { Graph, Value } from '../graph.ts';
import type { LayerInputs, LayerKind, LayerValue } from './layer.ts';

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

const form = (graph: Graph, _layer: unknown, { inputs: [x], mask }: LayerInputs): LayerValue => {
  if (mask === undefined) return { y: x, backward: (dy) => ({ inputs: [dy] }) };
  return { y: forward(graph, x, mask), backward: (dy) => ({ inputs: [backward(graph, mask, dy)] }) };
};

export const dropout: LayerKind<'dropout'> = {
  batchFirst: form,
  batchLast: form,
  // A trained network has no dropout: its values were scaled in training.
  standard: (_graph, _layer, _name, [x]) => x,
};

/** Of all values of an image together, so that its block is left out (Huang et al. 2016, section 3); the mask is [N, 1, ...]. */
export const stochasticDepth: LayerKind<'stochastic-depth'> = {
  batchFirst: form,
  standard: (_graph, _layer, _name, [x]) => x,
};
