import type { Graph, Value } from '../graph.ts';
import { rectified } from './images-in-blocks.ts';
import type { LayerForm, LayerKind } from './layer.ts';

/** y = max(x, 0), of values in any layout. */
export function forward(graph: Graph, x: Value): Value {
  return graph.node('Relu', [x]);
}

/**
 * dx = dy where y > 0, else 0 (the subgradient at 0 is 0, as in Caffe). Needs y only. It is a product with 0 or 1 because
 * onnxruntime's Where takes half as long again.
 */
export function backward(graph: Graph, y: Value, dy: Value): Value {
  return graph.node('Mul', [graph.cast(graph.node('Greater', [y, graph.constant(0)])), dy]);
}

/** The same with `positive`, which takes two thirds of the time of a comparison and a cast; without truth values. */
const withoutComparison: typeof backward = (graph, y, dy) => graph.node('Mul', [dy, positive(graph, y)]);

/** Below 1e-30 the result is between 0 and 1; no larger, so that no product with a value of a network is infinite. */
const STEEP = { alpha: { float: 1e30 }, beta: { float: 0 } };

/**
 * 1 where x > 0, else 0, as max(0, min(1, 1e30 x)). On graphics cards there is no other way: a comparison makes truth
 * values, and onnxruntime moves transposes past them, which the WebGPU provider can't compute.
 */
export const positive = (graph: Graph, x: Value): Value => graph.node('HardSigmoid', [x], STEEP);

const formWith =
  (gradient: typeof backward): LayerForm<'relu'> =>
  (graph, _layer, { inputs: [x] }) => {
    const y = forward(graph, x);
    return { y, backward: (dy) => ({ inputs: [gradient(graph, y, dy)] }) };
  };

export const relu: LayerKind<'relu'> = {
  batchFirst: formWith(backward),
  batchLast: formWith(backward),
  inBlocks:
    () =>
    (graph, _layer, { inputs: [x], alone }) => {
      const y = alone?.[0] ? rectified(graph, x) : forward(graph, x);
      return { y, backward: (dy) => ({ inputs: [withoutComparison(graph, y, dy)] }) };
    },
  card: formWith(withoutComparison),
  cardFirst: formWith(withoutComparison),
  standard: (graph, _layer, name, [x], output) => ({ ...x, value: graph.node(name, 'Relu', [x.value], {}, output) }),
};
