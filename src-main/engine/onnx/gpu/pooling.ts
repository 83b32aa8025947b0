import type { Graph, Value } from '../graph.ts';
import * as onProcessor from '../operators/pooling.ts';
import type { Pooled, Pooling } from '../operators/pooling.ts';
import { planes, planesBack } from './layouts.ts';
import { positive } from './positive.ts';

/** The pooling of operators/pooling.ts: columns first, then rows; of planes, which need not be moved for it. */
export function forward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const columnsPooled = pool(graph, pooling, planes(graph, x), [0, 1]);
  const y = pool(graph, pooling, columnsPooled, [1, 0]);
  return { y: planesBack(graph, y), columnsPooled: planesBack(graph, columnsPooled) };
}

export const backward = (graph: Graph, pooling: Pooling, x: Value, pooled: Pooled, dy: Value): Value =>
  onProcessor.backward(graph, pooling, x, pooled, dy, takenByMaximum);

/** The gradient where the pixel is not below the maximum. */
function takenByMaximum(graph: Graph, pixel: Value, maximum: Value, gradient: Value): Value {
  const isBelow = positive(graph, graph.node('Sub', [maximum, pixel]));
  return graph.node('Sub', [gradient, graph.node('Mul', [gradient, isBelow])]);
}

/** Pools the sides that are marked with 1. */
function pool(graph: Graph, { mode, kernel, stride, pad }: Pooling, x: Value, sides: readonly number[]): Value {
  const window = {
    kernel_shape: sides.map((side) => (side ? kernel : 1)),
    strides: sides.map((side) => (side ? stride : 1)),
    pads: [...sides, ...sides].map((side) => (side ? pad : 0)),
  };
  if (mode === 'max') return graph.node('MaxPool', [x], window);
  return graph.node('AveragePool', [x], { ...window, count_include_pad: 0 });
}
