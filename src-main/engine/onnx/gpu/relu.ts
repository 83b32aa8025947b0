import type { Graph, Value } from '../graph.ts';
import { forward } from '../operators/relu.ts';
import { positive } from './positive.ts';

export { forward };

/** dx = dy where y > 0, else 0. */
export const backward = (graph: Graph, y: Value, dy: Value): Value => graph.node('Mul', [dy, positive(graph, y)]);
