import type { Graph, Value } from '../graph.ts';

/** How windows slide along one side of images. */
interface Slide {
  readonly size: number;
  readonly outputs: number;
  readonly before: number;
  /** Places after the image that windows reach over, in ceil mode those of the last window. */
  readonly after: number;
  /** Places after the image that are padding, and count where padding does. */
  readonly padded: number;
}

/** Square windows on images. */
export interface Pooling {
  readonly mode: 'max' | 'average';
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly rows: Slide;
  readonly columns: Slide;
  readonly countPadding: boolean;
}

/** The gradient also needs to know how values are stored. */
interface PoolingGradient extends Pooling {
  /** Numbers of one pixel that stand together, the last side of the values: N. */
  readonly together: number;
  /** Every stride-th pixel along a side, from the one at `phase` on, of values of whole strides; where something is faster than Split. */
  readonly everyNth?: (graph: Graph, values: Value, side: Side, phase: number) => Value;
}

export interface Pooled {
  /** [channels, output rows, output columns, N] */
  readonly y: Value;
  /** After the columns were pooled and before the rows were: [channels, rows, output columns, N]. */
  readonly columnsPooled: Value;
}

/** Sides of values [channels, rows, columns, N]. */
export const ROWS = 1;
export const COLUMNS = 2;
export type Side = typeof ROWS | typeof COLUMNS;

export const slideOf = (pooling: Pooling, side: Side): Slide => (side === ROWS ? pooling.rows : pooling.columns);

/**
 * Maximum: the gradient of each window goes to its maximum, the first in row-major order among equal ones, as in Caffe:
 * the first row that has it, and in that row the first column. Average: every pixel of the window inside the image gets
 * the same share.
 */
export function backward(
  graph: Graph,
  pooling: PoolingGradient,
  x: Value,
  { y, columnsPooled }: Pooled,
  dy: Value,
  taken: TakenByMaximum = whereEqual,
): Value {
  const dColumnsPooled = sideGradient(graph, pooling, ROWS, columnsPooled, y, dy, taken);
  return sideGradient(graph, pooling, COLUMNS, x, columnsPooled, dColumnsPooled, taken);
}

/** The part of a window's gradient that a pixel takes: all of it if it is the maximum, else nothing. */
export type TakenByMaximum = (graph: Graph, pixel: Value, maximum: Value, gradient: Value) => Value;

/** It is a product with 0 or 1 because onnxruntime's Where takes half as long again. */
export const whereEqual: TakenByMaximum = (graph, pixel, maximum, gradient) =>
  graph.node('Mul', [graph.cast(graph.node('Equal', [pixel, maximum])), gradient]);

/** The gradient of pooling along one side. */
function sideGradient(
  graph: Graph,
  pooling: PoolingGradient,
  side: Side,
  x: Value,
  y: Value,
  dy: Value,
  taken: TakenByMaximum,
): Value {
  const taps =
    pooling.mode === 'max' ? maximumTaps(graph, pooling, side, x, y, dy, taken) : averageTaps(graph, pooling, side, dy);
  return addTaps(graph, pooling, side, taps, dy);
}

/** The gradient of the u-th pixel of every window. */
interface Tap {
  readonly u: number;
  readonly gradient: Value;
}

/** For each u, the windows r = first..last whose u-th pixel is inside the image. */
function windowsInside(pooling: Pooling, side: Side): { u: number; first: number; last: number }[] {
  const { kernel, stride } = pooling;
  const { size, outputs, before } = slideOf(pooling, side);
  const all = Array.from({ length: kernel }, (_, u) => ({
    u,
    first: Math.max(0, Math.ceil((before - u) / stride)),
    last: Math.min(outputs - 1, Math.floor((size - 1 + before - u) / stride)),
  }));
  return all.filter(({ first, last }) => first <= last);
}

/** How many places each window of a side averages over. */
export function counted(pooling: Pooling, side: Side): number[] {
  const { kernel, stride, countPadding } = pooling;
  const { size, outputs, before, padded } = slideOf(pooling, side);
  const [first, last] = countPadding ? [-before, size + padded] : [0, size];
  return Array.from({ length: outputs }, (_, r) => {
    const begin = r * stride - before;
    return Math.min(begin + kernel, last) - Math.max(begin, first);
  });
}

/** Pixel after pixel of the window takes the gradient if it equals the maximum; the last one takes what none took. */
function maximumTaps(
  graph: Graph,
  pooling: PoolingGradient,
  side: Side,
  x: Value,
  y: Value,
  dy: Value,
  taken: TakenByMaximum,
): Tap[] {
  const { stride } = pooling;
  const { outputs, before } = slideOf(pooling, side);
  const [phases, length] = phasesOf(graph, pooling, side, x);
  let untaken = dy;
  return windowsInside(pooling, side).map(({ u }, index, windows) => {
    if (index === windows.length - 1) return { u, gradient: untaken };
    // The u-th pixel of window r is the one at r + shift of its phase.
    const shift = Math.floor((u - before) / stride);
    const phase = phases[u - before - shift * stride];
    const pixels = padded(graph, pooling, side, phase, length, [-shift, outputs + shift - length], -Infinity);
    const gradient = taken(graph, pixels, y, untaken);
    untaken = graph.node('Sub', [untaken, gradient]);
    return { u, gradient };
  });
}

/** Every stride-th pixel along a side, from the first, the second ... on, each of the same length. */
function phasesOf(graph: Graph, pooling: PoolingGradient, side: Side, x: Value) {
  const { channels, rows, columns, stride } = pooling;
  const { size } = slideOf(pooling, side);
  const length = Math.ceil(size / stride);
  if (stride === 1) return [[x], length] as const;
  const whole = padded(graph, pooling, side, x, size, [0, length * stride - size], -Infinity);
  const apart =
    side === ROWS
      ? graph.reshape(whole, channels, length, stride, columns.outputs, -1)
      : graph.reshape(whole, channels, rows.size, length, stride, -1);
  const { everyNth } = pooling;
  const phases = everyNth
    ? Array.from({ length: stride }, (_, phase) => everyNth(graph, whole, side, phase))
    : graph.nodes('Split', [apart], stride, { axis: side + 1, num_outputs: stride });
  const sides = side === ROWS ? [length, columns.outputs] : [rows.size, length];
  return [phases.map((phase) => graph.reshape(phase, channels, ...sides, -1)), length] as const;
}

function averageTaps(graph: Graph, pooling: PoolingGradient, side: Side, dy: Value): Tap[] {
  const shares = counted(pooling, side).map((count) => 1 / count);
  const shape = [1, 1, 1, 1].with(side, shares.length);
  const gradient = graph.node('Mul', [dy, graph.constant(shares, shape)]);
  return windowsInside(pooling, side).map(({ u }) => ({ u, gradient }));
}

/**
 * dx[r stride + u - before] = sum over the taps. Pixels p = q stride + phase are gathered phase by phase: there, tap u of
 * window r stands at q = r + (u - before - phase) / stride, a shift. Then the phases are interleaved.
 */
function addTaps(graph: Graph, pooling: PoolingGradient, side: Side, taps: readonly Tap[], dy: Value): Value {
  const { channels, rows, columns, stride } = pooling;
  const { size, outputs, before } = slideOf(pooling, side);
  const length = Math.ceil(size / stride);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const shifted = taps
      .filter(({ u }) => (u - before - phase) % stride === 0)
      .map(({ u, gradient }) => {
        const shift = (u - before - phase) / stride;
        return padded(graph, pooling, side, gradient, outputs, [shift, length - outputs - shift], 0);
      });
    if (shifted.length > 0) return shifted.reduce((sum, value) => graph.node('Add', [sum, value]));
    const nothing = graph.node('Sub', [dy, dy]);
    return padded(graph, pooling, side, nothing, outputs, [0, length - outputs], 0);
  });
  if (stride === 1) return phases[0];
  const apart = phases.map((phase) => graph.node('Unsqueeze', [phase, graph.integers(side + 1)]));
  const stacked = graph.node('Concat', apart, { axis: side + 1 });
  const all =
    side === ROWS
      ? graph.reshape(stacked, channels, length * stride, columns.outputs, -1)
      : graph.reshape(stacked, channels, rows.size, length * stride, -1);
  return length * stride === size ? all : graph.slice(all, [side], [0], [size]);
}

/**
 * Adds values at both ends of one side, now `length` long, or removes them where a number is negative. The sides behind it
 * are merged with it: onnxruntime pads the last of two sides in a third of the time that it takes for an inner one.
 */
function padded(
  graph: Graph,
  { channels, rows, columns, together }: PoolingGradient,
  side: Side,
  x: Value,
  length: number,
  [begin, end]: readonly [begin: number, end: number],
  value: number,
): Value {
  if (begin === 0 && end === 0) return x;
  // Rows are pooled last, so that their gradient comes first, while there are still as many columns as in the output.
  const [lines, run] = side === ROWS ? [channels, columns.outputs * together] : [channels * rows.size, together];
  const flat = graph.reshape(x, lines, length * run);
  const longer = graph.node('Pad', [flat, graph.integers(0, begin * run, 0, end * run), graph.constant(value)]);
  const size = length + begin + end;
  return side === ROWS
    ? graph.reshape(longer, channels, size, columns.outputs, together)
    : graph.reshape(longer, channels, rows.size, size, together);
}
