import type { Graph, Value } from '../graph.ts';
import * as pooling from '../operators/pooling.ts';
import type { Blocked } from './layout.ts';

export interface BlockedPooling extends pooling.Pooling, Blocked {
  readonly batch: number;
}

/** Columns first, then rows, as in operators/pooling.ts, each by onnxruntime's kernel for blocked images. */
export function forward(graph: Graph, shape: BlockedPooling, x: Value): pooling.Pooled {
  const pool = (value: Value, [operator, window]: ReturnType<typeof pooling.along>) =>
    graph.blocked(operator, [value], window);
  const columnsPooled = pool(x, pooling.along(shape, [false, true]));
  return { columnsPooled, y: pool(columnsPooled, pooling.along(shape, [true, false])) };
}

/** To a gradient, which works pixel by pixel, a block of channels of an image is a channel, and its place in it an image. */
export function backward(graph: Graph, shape: BlockedPooling, x: Value, pooled: pooling.Pooled, dy: Value): Value {
  const { channels, rows, outputRows, batch, block } = shape;
  const blocks = (batch * channels) / block;
  const apart = (value: Value, of: number, columns: number) => graph.reshape(value, blocks, of, columns, block);
  const dx = pooling.backward(
    graph,
    { ...shape, channels: blocks, together: block },
    apart(x, rows, rows),
    { y: apart(pooled.y, outputRows, outputRows), columnsPooled: apart(pooled.columnsPooled, rows, outputRows) },
    apart(dy, outputRows, outputRows),
  );
  return graph.reshape(dx, batch, channels, rows, rows);
}
