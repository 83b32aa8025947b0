import type { Graph, Value } from '../graph.ts';
import type { Attribute } from '../protobuf.ts';
import { asImages } from '../standard/graph.ts';
import { planes, planesBack, type Blocked, type LayerForm, type LayerKind, type LayerOf } from './layer.ts';
import { positive } from './relu.ts';

/** Square windows on square images; values are [channels, rows, columns, N]. */
export interface Pooling {
  readonly mode: 'max' | 'average';
  readonly channels: number;
  readonly rows: number;
  readonly outputRows: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** The gradient also needs to know how values are stored. */
interface PoolingGradient extends Pooling {
  /** Numbers of one pixel that stand together, the last side of the values: N. */
  readonly together: number;
}

export interface Pooled {
  /** [channels, outputRows, outputRows, N] */
  readonly y: Value;
  /** After the columns were pooled and before the rows were: [channels, rows, outputRows, N]. */
  readonly columnsPooled: Value;
}

const [ROWS, COLUMNS] = [1, 2];

/**
 * Maximum or mean over each window; what lies outside the image takes no part and does not count. A window is a
 * product of a row of columns and a column of rows, so each is pooled by itself: 2 kernel reads for one result instead
 * of kernel^2.
 */
export function forward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const { channels, rows, outputRows } = pooling;
  const columns = poolRows(graph, pooling, graph.reshape(x, 1, channels * rows, rows, -1));
  const columnsPooled = graph.reshape(columns, channels, rows, outputRows, -1);
  const y = poolRows(graph, pooling, graph.reshape(columnsPooled, 1, channels, rows, -1));
  return { y: graph.reshape(y, channels, outputRows, outputRows, -1), columnsPooled };
}

/** Pools the third of four sides. */
function poolRows(graph: Graph, pooling: Pooling, x: Value): Value {
  const [operator, window] = along(pooling, [true, false]);
  return graph.node(operator, [x], window);
}

/** ONNX's operator that pools the last two sides, or one of them, and its attributes. */
function along(
  { mode, kernel, stride, pad }: Pooling,
  sides: readonly [rows: boolean, columns: boolean],
): [operator: 'MaxPool' | 'AveragePool', window: Record<string, Attribute>] {
  const window = {
    kernel_shape: sides.map((side) => (side ? kernel : 1)),
    strides: sides.map((side) => (side ? stride : 1)),
    pads: [...sides, ...sides].map((side) => (side ? pad : 0)),
  };
  return mode === 'max' ? ['MaxPool', window] : ['AveragePool', { ...window, count_include_pad: 0 }];
}

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
type TakenByMaximum = (graph: Graph, pixel: Value, maximum: Value, gradient: Value) => Value;

/** It is a product with 0 or 1 because onnxruntime's Where takes half as long again. */
const whereEqual: TakenByMaximum = (graph, pixel, maximum, gradient) =>
  graph.node('Mul', [graph.cast(graph.node('Equal', [pixel, maximum])), gradient]);

/** The gradient of pooling along one side. */
function sideGradient(
  graph: Graph,
  pooling: PoolingGradient,
  side: number,
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
function windowsInside({
  rows,
  outputRows,
  kernel,
  stride,
  pad,
}: Pooling): { u: number; first: number; last: number }[] {
  const all = Array.from({ length: kernel }, (_, u) => ({
    u,
    first: Math.max(0, Math.ceil((pad - u) / stride)),
    last: Math.min(outputRows - 1, Math.floor((rows - 1 + pad - u) / stride)),
  }));
  return all.filter(({ first, last }) => first <= last);
}

/** Pixel after pixel of the window takes the gradient if it equals the maximum; the last one takes what none took. */
function maximumTaps(
  graph: Graph,
  pooling: PoolingGradient,
  side: number,
  x: Value,
  y: Value,
  dy: Value,
  taken: TakenByMaximum,
): Tap[] {
  const { outputRows, stride, pad } = pooling;
  const [phases, length] = phasesOf(graph, pooling, side, x);
  let untaken = dy;
  return windowsInside(pooling).map(({ u }, index, windows) => {
    if (index === windows.length - 1) return { u, gradient: untaken };
    // The u-th pixel of window r is the one at r + shift of its phase.
    const shift = Math.floor((u - pad) / stride);
    const phase = phases[u - pad - shift * stride];
    const pixels = padded(graph, pooling, side, phase, length, [-shift, outputRows + shift - length], -Infinity);
    const gradient = taken(graph, pixels, y, untaken);
    untaken = graph.node('Sub', [untaken, gradient]);
    return { u, gradient };
  });
}

/** Every stride-th pixel along a side, from the first, the second ... on, each of the same length. */
function phasesOf(graph: Graph, pooling: PoolingGradient, side: number, x: Value) {
  const { channels, rows, outputRows, stride } = pooling;
  const length = Math.ceil(rows / stride);
  if (stride === 1) return [[x], length] as const;
  const whole = padded(graph, pooling, side, x, rows, [0, length * stride - rows], -Infinity);
  const columns = side === ROWS ? outputRows : length;
  const apart =
    side === ROWS
      ? graph.reshape(whole, channels, length, stride, outputRows, -1)
      : graph.reshape(whole, channels, rows, length, stride, -1);
  const phases = graph.nodes('Split', [apart], stride, { axis: side + 1, num_outputs: stride });
  const lines = side === ROWS ? length : rows;
  return [phases.map((phase) => graph.reshape(phase, channels, lines, columns, -1)), length] as const;
}

function averageTaps(graph: Graph, pooling: PoolingGradient, side: number, dy: Value): Tap[] {
  const inside = windowsInside(pooling);
  const shares = Array.from({ length: pooling.outputRows }, (_, r) => {
    return 1 / inside.filter(({ first, last }) => first <= r && r <= last).length;
  });
  const shape = side === ROWS ? [1, -1, 1, 1] : [1, 1, -1, 1];
  const share = graph.constant(
    shares,
    shape.map((size) => Math.abs(size) * (size < 0 ? shares.length : 1)),
  );
  const gradient = graph.node('Mul', [dy, share]);
  return inside.map(({ u }) => ({ u, gradient }));
}

/**
 * dx[r stride + u - pad] = sum over the taps. Pixels p = q stride + phase are gathered phase by phase: there, tap u of
 * window r stands at q = r + (u - pad - phase) / stride, a shift. Then the phases are interleaved.
 */
function addTaps(graph: Graph, pooling: PoolingGradient, side: number, taps: readonly Tap[], dy: Value): Value {
  const { rows, outputRows, stride, pad } = pooling;
  const length = Math.ceil(rows / stride);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const shifted = taps
      .filter(({ u }) => (u - pad - phase) % stride === 0)
      .map(({ u, gradient }) => {
        const shift = (u - pad - phase) / stride;
        return padded(graph, pooling, side, gradient, outputRows, [shift, length - outputRows - shift], 0);
      });
    if (shifted.length > 0) return shifted.reduce((sum, value) => graph.node('Add', [sum, value]));
    const nothing = graph.node('Sub', [dy, dy]);
    return padded(graph, pooling, side, nothing, outputRows, [0, length - outputRows], 0);
  });
  if (stride === 1) return phases[0];
  const apart = phases.map((phase) => graph.node('Unsqueeze', [phase, graph.integers(side + 1)]));
  const stacked = graph.node('Concat', apart, { axis: side + 1 });
  const { channels } = pooling;
  const all =
    side === ROWS
      ? graph.reshape(stacked, channels, length * stride, outputRows, -1)
      : graph.reshape(stacked, channels, rows, length * stride, -1);
  return length * stride === rows ? all : graph.slice(all, [side], [0], [rows]);
}

/**
 * Adds values at both ends of one side, now `length` long, or removes them where a number is negative. The sides behind it
 * are merged with it: onnxruntime pads the last of two sides in a third of the time that it takes for an inner one.
 */
function padded(
  graph: Graph,
  { channels, rows, outputRows, together }: PoolingGradient,
  side: number,
  x: Value,
  length: number,
  [begin, end]: readonly [begin: number, end: number],
  value: number,
): Value {
  if (begin === 0 && end === 0) return x;
  // Rows are pooled last, so that their gradient comes first, while there are still outputRows columns.
  const [lines, run] = side === ROWS ? [channels, outputRows * together] : [channels * rows, together];
  const flat = graph.reshape(x, lines, length * run);
  const longer = graph.node('Pad', [flat, graph.integers(0, begin * run, 0, end * run), graph.constant(value)]);
  const size = length + begin + end;
  return side === ROWS
    ? graph.reshape(longer, channels, size, outputRows, together)
    : graph.reshape(longer, channels, rows, size, together);
}

interface BlockedPooling extends Pooling, Blocked {
  readonly batch: number;
}

/** `forward` of blocked images: columns first, then rows, each by onnxruntime's kernel for blocked images. */
export function blockedForward(graph: Graph, shape: BlockedPooling, x: Value): Pooled {
  const pool = (value: Value, [operator, window]: ReturnType<typeof along>) => graph.blocked(operator, [value], window);
  const columnsPooled = pool(x, along(shape, [false, true]));
  return { columnsPooled, y: pool(columnsPooled, along(shape, [true, false])) };
}

/**
 * `backward` of blocked images. The gradient works pixel by pixel, so that a block of channels of an image can be its channel,
 * and the places within the block its images.
 */
export function blockedBackward(graph: Graph, shape: BlockedPooling, x: Value, pooled: Pooled, dy: Value): Value {
  const { channels, rows, outputRows, batch, block } = shape;
  const blocks = (batch * channels) / block;
  const apart = (value: Value, of: number, columns: number) => graph.reshape(value, blocks, of, columns, block);
  const dx = backward(
    graph,
    { ...shape, channels: blocks, together: block },
    apart(x, rows, rows),
    { y: apart(pooled.y, outputRows, outputRows), columnsPooled: apart(pooled.columnsPooled, rows, outputRows) },
    apart(dy, outputRows, outputRows),
  );
  return graph.reshape(dx, batch, channels, rows, rows);
}

/** `forward` on graphics cards: columns first, then rows, of planes, which need not be moved for it. */
function cardForward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const pool = (value: Value, [operator, window]: ReturnType<typeof along>) => graph.node(operator, [value], window);
  const columnsPooled = pool(planes(graph, x), along(pooling, [false, true]));
  const y = pool(columnsPooled, along(pooling, [true, false]));
  return { y: planesBack(graph, y), columnsPooled: planesBack(graph, columnsPooled) };
}

/** For graphics cards, without truth values (`positive`): all of the gradient where the pixel is not below the maximum. */
const whereNotBelow: TakenByMaximum = (graph, pixel, maximum, gradient) => {
  const isBelow = positive(graph, graph.node('Sub', [maximum, pixel]));
  return graph.node('Sub', [gradient, graph.node('Mul', [gradient, isBelow])]);
};

const shapeOf = ({ spec, input, output }: LayerOf<'pool'>): Pooling => {
  // Layouts other than batch first have networks whose padding is equal on all sides.
  return { ...spec, pad: spec.pad as number, channels: input[0], rows: input[1], outputRows: output[1] };
};

const formWith =
  (pool: typeof forward, taken: TakenByMaximum): LayerForm<'pool'> =>
  (graph, layer, { inputs: [x], batch }) => {
    const shape = { ...shapeOf(layer), together: batch };
    const pooled = pool(graph, shape, x);
    return { y: pooled.y, backward: (dy) => ({ inputs: [backward(graph, shape, x, pooled, dy, taken)] }) };
  };

/** Planes of images [N, channels, ...] are pooled one by one, as if each were a channel of one image. */
const batchFirstForm: LayerForm<'pool'> = (graph, layer, { inputs: [x], batch }) => {
  const shape = shapeOf(layer);
  const { channels, rows, outputRows } = shape;
  const pool = (value: Value, [operator, window]: ReturnType<typeof along>) => graph.node(operator, [value], window);
  const columnsPooled = pool(x, along(shape, [false, true]));
  const y = pool(columnsPooled, along(shape, [true, false]));
  const planes = batch * channels;
  const apart = (value: Value, of: number, columns: number) => graph.reshape(value, planes, of, columns, 1);
  return {
    y,
    backward: (dy) => {
      const dx = backward(
        graph,
        { ...shape, channels: planes, together: 1 },
        apart(x, rows, rows),
        { y: apart(y, outputRows, outputRows), columnsPooled: apart(columnsPooled, rows, outputRows) },
        apart(dy, outputRows, outputRows),
        whereEqual,
      );
      return { inputs: [graph.reshape(dx, batch, channels, rows, rows)] };
    },
  };
};

export const pooling: LayerKind<'pool'> = {
  batchFirst: batchFirstForm,
  batchLast: formWith(forward, whereEqual),
  blocked:
    (block) =>
    (graph, layer, { inputs: [x], batch }) => {
      const shape = { ...shapeOf(layer), batch, block };
      const pooled = blockedForward(graph, shape, x);
      return { y: pooled.y, backward: (dy) => ({ inputs: [blockedBackward(graph, shape, x, pooled, dy)] }) };
    },
  card: formWith(cardForward, whereNotBelow),
  standard: (graph, layer, name, [x], output) => {
    const [operator, window] = along(shapeOf(layer), [true, true]);
    return { value: graph.node(name, operator, [asImages(graph, name, x)], window, output), flat: false };
  },
};
