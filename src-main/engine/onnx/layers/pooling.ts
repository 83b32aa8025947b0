import { sidesOf } from '../../../network/layers/windows.ts';
import type { Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import type { Attribute } from '../protobuf.ts';
import { asImages } from '../standard/graph.ts';
import { planes, planesBack, type Blocked, type LayerForm, type LayerKind, type LayerOf } from './layer.ts';
import {
  backward,
  COLUMNS,
  counted,
  ROWS,
  slideOf,
  whereEqual,
  type Pooled,
  type Pooling,
  type Side,
  type TakenByMaximum,
} from './pooling-gradient.ts';
import { positive } from './relu.ts';

/** How windows slide over images of a shape. */
export function poolingOf(spec: Omit<LayerOf<'pool'>['spec'], 'type'>, input: Shape, output: Shape): Pooling {
  const { mode, kernel, stride, ceil = false, countPadding = false } = spec;
  const { top, left, bottom, right } = sidesOf(spec.pad);
  const slide = (side: Side, before: number, padded: number) => {
    const [size, outputs] = [input[side], output[side]];
    // In ceil mode, the last window may reach over the end of the padding.
    const after = ceil ? Math.max(0, (outputs - 1) * stride + kernel - before - size) : padded;
    return { size, outputs, before, after, padded };
  };
  const [rows, columns] = [slide(ROWS, top, bottom), slide(COLUMNS, left, right)];
  return { mode, channels: input[0], kernel, stride, rows, columns, countPadding };
}

/**
 * Maximum or mean over each window; what lies outside the image takes no part and does not count, unless `countPadding` is
 * set. A window is a product of a row of columns and a column of rows, so each is pooled by itself: 2 kernel reads for one
 * result instead of kernel^2. Values are [channels, rows, columns, N].
 */
export function forward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const { channels, rows, columns } = pooling;
  const columnsRead = graph.reshape(x, 1, channels * rows.size, columns.size, -1);
  const pooledColumns = poolThird(graph, pooling, COLUMNS, columnsRead);
  const columnsPooled = graph.reshape(pooledColumns, channels, rows.size, columns.outputs, -1);
  const y = poolThird(graph, pooling, ROWS, graph.reshape(columnsPooled, 1, channels, rows.size, -1));
  return { y: graph.reshape(y, channels, rows.outputs, columns.outputs, -1), columnsPooled };
}

/** Pools the third of four sides, as one side of images. */
function poolThird(graph: Graph, pooling: Pooling, side: Side, x: Value): Value {
  const [operator, window] = along(pooling, [slideOf(pooling, side), undefined]);
  return graph.node(operator, [x], window);
}

/** ONNX's operator that pools the last two sides, or one of them, and its attributes. */
function along(
  { mode, kernel, stride, countPadding }: Pooling,
  sides: readonly [rows: Pooling['rows'] | undefined, columns: Pooling['columns'] | undefined],
): [operator: 'MaxPool' | 'AveragePool', window: Record<string, Attribute>] {
  const window = {
    kernel_shape: sides.map((side) => (side ? kernel : 1)),
    strides: sides.map((side) => (side ? stride : 1)),
    pads: [...sides.map((side) => side?.before ?? 0), ...sides.map((side) => side?.after ?? 0)],
  };
  return mode === 'max' ? ['MaxPool', window] : ['AveragePool', { ...window, count_include_pad: countPadding ? 1 : 0 }];
}

/**
 * Factors of each window's average along a side, where the operator counts what lies behind the padding: windows of ceil mode
 * may reach over it.
 */
function overcounted(pooling: Pooling, side: Side): number[] | undefined {
  if (pooling.mode === 'max' || !pooling.countPadding) return undefined;
  const factors = counted(pooling, side).map((count) => pooling.kernel / count);
  return factors.every((factor) => factor === 1) ? undefined : factors;
}

/** How images are pooled in a layout, columns first, then rows. */
interface Form {
  readonly pool: (value: Value, ...along_: ReturnType<typeof along>) => Value;
  /** Factors of the rows or columns of an output. */
  readonly scale: (value: Value, side: Side, factors: readonly number[]) => Value;
}

function poolImages(pooling: Pooling, x: Value, { pool, scale }: Form): Pooled {
  const { rows, columns } = pooling;
  const pooled = (value: Value, side: Side) => {
    const y = pool(value, ...along(pooling, side === ROWS ? [rows, undefined] : [undefined, columns]));
    const factors = overcounted(pooling, side);
    return factors ? scale(y, side, factors) : y;
  };
  const columnsPooled = pooled(x, COLUMNS);
  return { columnsPooled, y: pooled(columnsPooled, ROWS) };
}

interface BlockedPooling extends Pooling, Blocked {
  readonly batch: number;
}

/** `forward` of blocked images, by onnxruntime's kernel for them. */
export function blockedForward(graph: Graph, shape: BlockedPooling, x: Value): Pooled {
  const { channels, batch, block } = shape;
  return poolImages(shape, x, {
    pool: (value, operator, window) => graph.blocked(operator, [value], window),
    scale: (value, side, factors) => {
      const [rows, columns] = [side === ROWS ? shape.rows.outputs : shape.rows.size, shape.columns.outputs];
      const apart = graph.reshape(value, (batch * channels) / block, rows, columns, block);
      const scaled = graph.node('Mul', [apart, graph.constant(factors, [1, 1, 1, 1].with(side, factors.length))]);
      return graph.reshape(scaled, batch, channels, rows, columns);
    },
  });
}

/**
 * `backward` of blocked images. The gradient works pixel by pixel, so that a block of channels of an image can be its channel,
 * and the places within the block its images.
 */
export function blockedBackward(graph: Graph, shape: BlockedPooling, x: Value, pooled: Pooled, dy: Value): Value {
  const { batch, channels, block, stride, rows, columns } = shape;
  return planesBackward(graph, { ...shape, everyNth }, { batch, together: block }, x, pooled, dy);

  /** By a convolution of each channel with one tap, in a third of the time of a Split, which copies pixel by pixel. */
  function everyNth(graph: Graph, values: Value, side: Side, phase: number): Value {
    const sides = side === ROWS ? [-1, columns.outputs] : [rows.size, -1];
    const along = (size: number) => (side === ROWS ? [size, 1] : [1, size]);
    const taps = Array.from({ length: phase + 1 }, (_, tap) => (tap === phase ? 1 : 0));
    const bank = Array.from({ length: channels / block }, () => taps.flatMap((tap) => Array<number>(block).fill(tap)));
    const inputs = [
      graph.reshape(values, batch, channels, ...sides),
      graph.constant(bank.flat(), [channels, 1, ...along(phase + 1)]),
    ];
    return graph.blocked('Conv', inputs, {
      kernel_shape: along(phase + 1),
      strides: along(stride),
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: channels,
    });
  }
}

/** `backward` of images whose planes, or blocks of them, are each taken for a channel. */
function planesBackward(
  graph: Graph,
  pooling: Pooling & Pick<Parameters<typeof backward>[1], 'everyNth'>,
  { batch, together }: { readonly batch: number; readonly together: number },
  x: Value,
  pooled: Pooled,
  dy: Value,
  taken: TakenByMaximum = whereEqual,
): Value {
  const { channels, rows, columns } = pooling;
  const number = (batch * channels) / together;
  const apart = (value: Value, height: number, width: number) => graph.reshape(value, number, height, width, together);
  const dx = backward(
    graph,
    { ...pooling, channels: number, together },
    apart(x, rows.size, columns.size),
    {
      y: apart(pooled.y, rows.outputs, columns.outputs),
      columnsPooled: apart(pooled.columnsPooled, rows.size, columns.outputs),
    },
    apart(dy, rows.outputs, columns.outputs),
    taken,
  );
  return graph.reshape(dx, batch, channels, rows.size, columns.size);
}

/** `forward` on graphics cards: of planes, which need not be moved for it. */
function cardForward(graph: Graph, pooling: Pooling, x: Value): Pooled {
  const pool = (value: Value, [operator, window]: ReturnType<typeof along>) => graph.node(operator, [value], window);
  const columnsPooled = pool(planes(graph, x), along(pooling, [undefined, pooling.columns]));
  const y = pool(columnsPooled, along(pooling, [pooling.rows, undefined]));
  return { y: planesBack(graph, y), columnsPooled: planesBack(graph, columnsPooled) };
}

/** For graphics cards, without truth values (`positive`): all of the gradient where the pixel is not below the maximum. */
const whereNotBelow: TakenByMaximum = (graph, pixel, maximum, gradient) => {
  const isBelow = positive(graph, graph.node('Sub', [maximum, pixel]));
  return graph.node('Sub', [gradient, graph.node('Mul', [gradient, isBelow])]);
};

const ofLayer = ({ spec, input, output }: LayerOf<'pool'>): Pooling => poolingOf(spec, input, output);

const formWith =
  (pool: typeof forward, taken: TakenByMaximum): LayerForm<'pool'> =>
  (graph, layer, { inputs: [x], batch }) => {
    const shape = { ...ofLayer(layer), together: batch };
    const pooled = pool(graph, shape, x);
    return { y: pooled.y, backward: (dy) => ({ inputs: [backward(graph, shape, x, pooled, dy, taken)] }) };
  };

const batchFirstFormWith =
  (taken: TakenByMaximum): LayerForm<'pool'> =>
  (graph, layer, { inputs: [x], batch }) => {
    const pooling = ofLayer(layer);
    const pooled = poolImages(pooling, x, {
      pool: (value, operator, window) => graph.node(operator, [value], window),
      scale: (value, side, factors) =>
        graph.node('Mul', [value, graph.constant(factors, [1, 1, 1, 1].with(side + 1, factors.length))]),
    });
    const backwards = (dy: Value) => planesBackward(graph, pooling, { batch, together: 1 }, x, pooled, dy, taken);
    return { y: pooled.y, backward: (dy) => ({ inputs: [backwards(dy)] }) };
  };

export const pooling: LayerKind<'pool'> = {
  batchFirst: batchFirstFormWith(whereEqual),
  batchLast: formWith(forward, whereEqual),
  blocked:
    (block) =>
    (graph, layer, { inputs: [x], batch }) => {
      const shape = { ...ofLayer(layer), batch, block };
      const pooled = blockedForward(graph, shape, x);
      return { y: pooled.y, backward: (dy) => ({ inputs: [blockedBackward(graph, shape, x, pooled, dy)] }) };
    },
  card: formWith(cardForward, whereNotBelow),
  cardFirst: batchFirstFormWith(whereNotBelow),
  standard: (graph, layer, name, [x], output) => {
    const shape = ofLayer(layer);
    const [operator, window] = along(shape, [shape.rows, shape.columns]);
    const images = asImages(graph, name, x);
    const sides = ([ROWS, COLUMNS] as const).flatMap((side) => {
      const factors = overcounted(shape, side);
      return factors ? [{ side, factors }] : [];
    });
    if (sides.length === 0) return { value: graph.node(name, operator, [images], window, output), flat: false };
    const scale = (value: string, { side, factors }: (typeof sides)[number], index: number) => {
      const of = [1, 1, 1, 1].with(side + 1, factors.length);
      const constant = graph.constant(`${name}.counted${side}`, of, Float32Array.from(factors));
      const last = index === sides.length - 1;
      return graph.node(`${name}.side${side}`, 'Mul', [value, constant], {}, last ? output : undefined);
    };
    return { value: sides.reduce(scale, graph.node(name, operator, [images], window)), flat: false };
  },
};
