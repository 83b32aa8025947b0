import type { Graph, Value } from '../graph.ts';
import * as onProcessor from '../operators/pooling.ts';
import { along, type Pooled, type Pooling, type PoolingGradient } from '../operators/pooling.ts';
import { planes, planesBack } from './layouts.ts';
import { positive } from './positive.ts';

/** The pooling of operators/pooling.ts: columns first, then rows; of planes, which need not be moved for it. */
export function forward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const pool = (value: Value, [operator, window]: ReturnType<typeof along>) => graph.node(operator, [value], window);
  const columnsPooled = pool(planes(graph, x), along(pooling, [false, true]));
  const y = pool(columnsPooled, along(pooling, [true, false]));
  return { y: planesBack(graph, y), columnsPooled: planesBack(graph, columnsPooled) };
}

export const backward = (graph: Graph, pooling: PoolingGradient, x: Value, pooled: Pooled, dy: Value): Value =>
  onProcessor.backward(graph, pooling, x, pooled, dy, takenByMaximum);

/** The gradient where the pixel is not below the maximum. */
function takenByMaximum(graph: Graph, pixel: Value, maximum: Value, gradient: Value): Value {
  const isBelow = positive(graph, graph.node('Sub', [maximum, pixel]));
  return graph.node('Sub', [gradient, graph.node('Mul', [gradient, isBelow])]);
}
