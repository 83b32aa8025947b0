import { sidesOf } from '../../../../network/layers/windows.ts';
import type { Graph, Value } from '../../graph.ts';
import { ALL, fromBlocked, toBlocked, type LayerForm, type LayerOf } from '../layer.ts';
import { canFill } from '../filled-blocks.ts';
import { sumOfImages } from '../images-in-blocks.ts';
import { isFasterByTiles, winogradConvolution } from './winograd.ts';
import { exchanged, filterBank, filtersInBlocks } from './blocked.ts';

/**
 * The convolution of batch-first.ts on blocked images (layer.ts), in networks of any kind: with any stride and padding, with
 * and without bias, and depthwise, where each channel has a filter of its own.
 */
export function shapeOf({ spec, input, output }: LayerOf<'conv'>, batch: number, block: number) {
  const { kernel, stride, groups, filters } = spec;
  const [channels, rows, columns] = input;
  const [, outputRows, outputColumns] = output;
  const sides = sidesOf(spec.pad);
  return {
    ...{ batch, block, kernel, stride, groups, filters, channels, rows, columns, outputRows, outputColumns, sides },
    // As blocked.ts has it, for what does not depend on it.
    pad: 0,
  };
}
type Shape = ReturnType<typeof shapeOf>;

const isDepthwise = ({ groups, channels, filters }: Shape): boolean => groups === channels && groups === filters;
const isPlain = ({ channels, block }: Shape): boolean => channels % block !== 0;

/**
 * Whether a convolution can be laid out so: whole blocks of images, and of filters and channels what can be filled up to them (of
 * the network's images, which stay plain, of filters only), no groups but depthwise, and no padding that a window could lie in.
 */
export function canBeInBlocks({ spec, input, sources }: LayerOf<'conv'>, batch: number, block: number): boolean {
  const { kernel, groups, filters, dilation = 1 } = spec;
  const [channels] = input;
  if (dilation !== 1 || batch % block !== 0 || !canFill(filters, block)) return false;
  if (Math.max(...Object.values(sidesOf(spec.pad))) >= kernel) return false;
  if (sources[0] < 0) return groups === 1 && channels < block;
  if (!canFill(channels, block)) return false;
  return groups === 1 || (groups === channels && filters === channels);
}

interface Window {
  readonly kernel: readonly [rows: number, columns: number];
  readonly pads?: readonly [top: number, left: number, bottom: number, right: number];
  readonly stride?: number;
  readonly dilations?: readonly [rows: number, columns: number];
  readonly group?: number;
}

const convolved = (graph: Graph, inputs: readonly Value[], window: Window): Value =>
  graph.blocked('Conv', inputs, {
    kernel_shape: [...window.kernel],
    strides: [window.stride ?? 1, window.stride ?? 1],
    pads: [...(window.pads ?? [0, 0, 0, 0])],
    dilations: [...(window.dilations ?? [1, 1])],
    group: window.group ?? 1,
  });

function forward(graph: Graph, shape: Shape, x: Value, filters: Value, bias?: Value): Value {
  const { kernel, stride, groups, sides } = shape;
  const bank = isDepthwise(shape)
    ? graph.reshape(filters, shape.filters, 1, kernel, kernel)
    : filterBank(graph, shape, filters);
  return convolved(graph, bias === undefined ? [x, bank] : [x, bank, bias], {
    ...{ kernel: [kernel, kernel], stride, group: groups },
    pads: [sides.top, sides.left, sides.bottom, sides.right],
  });
}

/** dx of dy, with filters in blocks. */
function inputGradient(graph: Graph, shape: Shape, weight: Value, filters: Value, dy: Value): Value {
  const { kernel, stride, channels, rows, columns, outputRows, outputColumns, sides } = shape;
  if (stride === 1) return gradientOfStride1(graph, shape, filters, dy, [outputRows, outputColumns]);
  if (kernel === 1) {
    const [height, width] = [outputRows, outputColumns];
    const ofOutputs = { ...shape, rows: height, columns: width };
    const dx = gradientOfStride1(graph, ofOutputs, filters, dy, [height, width]);
    return withZerosBetween(graph, shape, dx, channels, [rows, columns]);
  }
  if (!isDepthwise(shape)) return gradientByPhases(graph, shape, weight, dy);
  const size = [
    Math.min(outputRows * stride, rows + sides.top),
    Math.min(outputColumns * stride, columns + sides.left),
  ] as const;
  return gradientOfStride1(graph, shape, filters, withZerosBetween(graph, shape, dy, channels, size), size);
}

/** The convolution of dy with the kernel flipped in both directions, and filters and channels exchanged. */
function gradientOfStride1(
  graph: Graph,
  shape: Shape,
  filters: Value,
  dy: Value,
  [height, width]: readonly [rows: number, columns: number],
): Value {
  const { kernel, groups, channels, sides, rows, columns } = shape;
  const bank = isDepthwise(shape)
    ? graph.reshape(flipped(graph, shape, filters), channels, 1, kernel, kernel)
    : exchanged(graph, shape, filters);
  return convolved(graph, [dy, bank], {
    ...{ kernel: [kernel, kernel], group: groups },
    pads: [kernel - 1 - sides.top, kernel - 1 - sides.left, rows + sides.top - height, columns + sides.left - width],
  });
}

/** Images with stride - 1 zeros after each row and column, cut or filled up to a size. */
function withZerosBetween(
  graph: Graph,
  { batch, block, stride, outputRows, outputColumns }: Shape,
  images: Value,
  channels: number,
  [height, width]: readonly [rows: number, columns: number],
): Value {
  const blocks = (batch * channels) / block;
  const apart = graph.reshape(images, blocks * outputRows, 1, outputColumns, block);
  const zeros = graph.integers(0, 0, 0, 0, 0, stride - 1, 0, (stride - 1) * block);
  const [allRows, allColumns] = [outputRows * stride, outputColumns * stride];
  const spread = graph.reshape(graph.node('Pad', [apart, zeros]), blocks, allRows, allColumns * block);
  const ends = graph.integers(0, 0, 0, 0, height - allRows, (width - allColumns) * block);
  const fitted = height === allRows && width === allColumns ? spread : graph.node('Pad', [spread, ends]);
  return graph.reshape(fitted, batch, channels, height, width);
}

/** Of filters [.., kernel^2, block]: the taps backwards. */
function flipped(graph: Graph, { channels, kernel, block }: Shape, filters: Value): Value {
  const taps = kernel * kernel;
  const bank = graph.reshape(filters, channels / block, taps, block);
  return graph.node('Gather', [bank, backwards(graph, taps)], { axis: 1 });
}

const backwards = (graph: Graph, taps: number): Value =>
  graph.integers(...Array.from({ length: taps }, (_, tap) => taps - 1 - tap));

/**
 * dx[p] = sum over taps u of w[u] dy[r] with r stride + u - top = p. For rows p = q stride + a of one phase a,
 *
 *     u = a + top - stride e    r = q + e
 *
 * so that each phase is a convolution of stride 1 whose taps are the e. All phases of rows and columns are computed at once, as
 * so many times more channels, and then put between each other. Taps that a phase doesn't have are zeros.
 */
function gradientByPhases(graph: Graph, shape: Shape, weight: Value, dy: Value): Value {
  const { batch, block, kernel, stride, filters, channels, rows, columns, outputRows, outputColumns, sides } = shape;
  const along = (before: number, size: number, outputs: number) => {
    const first = Math.ceil((before - kernel + 1) / stride);
    const last = Math.floor((stride - 1 + before) / stride);
    const taps = last - first + 1;
    // Of phase a and tap t: the tap of the kernel, or none.
    const tap = (phase: number, t: number) => phase + before - stride * (first + t);
    const positions = Math.ceil(size / stride);
    return { taps, tap, positions, pads: [-first, positions + last - outputs] as const };
  };
  const [down, across] = [along(sides.top, rows, outputRows), along(sides.left, columns, outputColumns)];
  const none = kernel * kernel;
  const places = [];
  for (let a = 0; a < stride; a++)
    for (let b = 0; b < stride; b++)
      for (let t = 0; t < down.taps; t++)
        for (let s = 0; s < across.taps; s++) {
          const [u, v] = [down.tap(a, t), across.tap(b, s)];
          places.push(u >= 0 && u < kernel && v >= 0 && v < kernel ? u * kernel + v : none);
        }
  const [phases, taps] = [stride * stride, down.taps * across.taps];
  const withZero = graph.node('Pad', [graph.reshape(weight, filters * channels, none), graph.integers(0, 0, 0, 1)]);
  const ofPhases = graph.node('Gather', [withZero, graph.integers(...places)], { axis: 1 });
  const exchanged = graph.transpose(graph.reshape(ofPhases, filters, channels, phases, taps), 2, 1, 0, 3);
  const bank = bankOf(graph, block, exchanged, [phases * channels, filters, taps]);
  const all = convolved(graph, [dy, graph.reshape(bank, phases * channels, filters, down.taps, across.taps)], {
    kernel: [down.taps, across.taps],
    pads: [down.pads[0], across.pads[0], down.pads[1], across.pads[1]],
  });
  const apart = graph.reshape(all, batch, stride, stride, channels / block, down.positions, across.positions, block);
  const between = graph.transpose(apart, 0, 3, 4, 1, 5, 2, 6);
  const [height, width] = [down.positions * stride, across.positions * stride];
  if (height === rows && width === columns) return graph.reshape(between, batch, channels, rows, columns);
  const lines = graph.reshape(between, (batch * channels) / block, height, width * block);
  return graph.reshape(
    graph.slice(lines, [1, 2], [0, 0], [rows, columns * block]),
    ...[batch, channels, rows, columns],
  );
}

/** The filter bank in blocks of [filters, channels, taps]. */
function bankOf(
  graph: Graph,
  block: number,
  weight: Value,
  [filters, channels, taps]: readonly [number, number, number],
): Value {
  const inBlocks = toBlocked(graph, graph.reshape(weight, 1, filters, channels * taps, 1));
  const apart = graph.reshape(inBlocks, (filters * channels) / block / block, block, taps, block);
  return graph.transpose(apart, 0, 2, 1, 3);
}

/**
 * dw[o, i, u, v] = sum over n, r, c of dy[n, o, r, c] x[n, i, r stride + u - top, c stride + v - left]
 *
 * is a convolution in which images and channels have changed places, as in blocked.ts, with dy as a bank of filters as large as
 * its images. Here the channels i of a block stand side by side in a row, after each pixel those of the next:
 *
 *     row of x: pixel 0 of i = 0, 1 ... block - 1, pixel 1 of i = 0 ...
 *
 * With taps stride block columns apart, the output has kernel rows and kernel block columns, (v, i). What is read of dy serves
 * so many more sums: 200 to 270 GFLOP/s of one thread where one channel a time comes to 70 to 220 (3x3; AVX-512).
 */
export function weightGradient(graph: Graph, shape: Shape, x: Value, dy: Value): Value {
  const { batch, block, kernel, stride, filters, channels, rows, columns, outputRows, outputColumns } = shape;
  const together = isPlain(shape) ? channels : block;
  const stacks = channels / together;
  const [images, bank] = [channelsInRows(graph, shape, x), imagesAsFilters(graph, shape, dy)];
  const dw =
    kernel === 1 && stride === 1
      ? byLines()
      : convolved(graph, [images, bank], {
          kernel: [outputRows, outputColumns],
          pads: [shape.sides.top, 0, Math.max(beyond(shape).below, 0), 0],
          dilations: [stride, stride * together],
        });
  // [stacks, filters / block, kernel, kernel, together, block] is to become [filters, stacks together, kernel, kernel].
  const taps = kernel * kernel;
  const apart = graph.reshape(dw, stacks, filters / block, taps, together, block);
  const byFilter = graph.transpose(apart, 1, 0, 3, 2, 4);
  const plain = fromBlocked(graph, graph.reshape(byFilter, 1, filters, channels * taps, 1), filters);
  return graph.reshape(plain, filters, channels, kernel, kernel);

  /**
   * Each pixel meets its own alone, so that the sum can be taken by lines, as if those of an image were images: what is read of dy for
   * some columns of the output is in the cache for the next. Images of 32x32 take half the time.
   */
  function byLines(): Value {
    const lines = divisorFrom(FEW / columns, rows);
    return convolved(
      graph,
      [
        graph.reshape(images, stacks, (batch * rows) / lines, lines, columns * together),
        graph.reshape(bank, filters, (batch * rows) / lines, lines, columns),
      ],
      { kernel: [lines, columns], dilations: [1, together] },
    );
  }

  /** dy as the filter bank [filters, batch, outputRows, outputColumns]. */
  function imagesAsFilters(graph: Graph, { filters }: Shape, dy: Value): Value {
    const apart = graph.reshape(dy, batch / block, block, filters / block, outputRows * outputColumns, block);
    return graph.reshape(graph.transpose(apart, 2, 0, 3, 1, 4), filters, batch, outputRows, outputColumns);
  }
}

/** Pixels too few to begin a sum with. */
const FEW = 8;

/** The least divisor of a number that isn't below another. */
function divisorFrom(least: number, number: number): number {
  let divisor = Math.max(1, Math.min(Math.ceil(least), number));
  while (number % divisor !== 0) divisor++;
  return divisor;
}

/** Rows and columns after the image that the last taps reach; negative: those that no window reaches. */
function beyond({ kernel, stride, sides, rows, columns, outputRows, outputColumns }: Shape) {
  const end = (size: number, outputs: number, before: number) => kernel + stride * (outputs - 1) - size - before;
  return { below: end(rows, outputRows, sides.top), beside: end(columns, outputColumns, sides.left) };
}

/** x as [stacks, batch, rows, columns together] with the columns that taps reach beyond its borders, blocked along the batch. */
function channelsInRows(graph: Graph, shape: Shape, x: Value): Value {
  const { batch, block, channels, rows, columns, sides } = shape;
  const together = isPlain(shape) ? channels : block;
  const stacks = channels / together;
  const pixels = isPlain(shape) ? graph.transpose(x, 0, 2, 3, 1) : x;
  const inBlocks = toBlocked(graph, graph.reshape(pixels, batch / block, block, channels * rows * columns, 1));
  const numbers = columns * together * block;
  const byStack =
    stacks === 1 || batch === block
      ? inBlocks
      : graph.transpose(graph.reshape(inBlocks, batch / block, stacks, rows * numbers), 1, 0, 2);
  const { below, beside } = beyond(shape);
  const [left, right, cut] = [sides.left * together * block, beside * together * block, Math.min(below, 0)];
  const height = rows + cut;
  const shown = graph.reshape(byStack, (stacks * batch) / block, rows, numbers);
  const padded =
    left === 0 && right === 0 && cut === 0
      ? shown
      : graph.node('Pad', [shown, graph.integers(0, 0, left, 0, cut, right)]);
  return graph.reshape(padded, stacks, batch, height, (columns + sides.left + beside) * together);
}

/** The same of a depthwise convolution: each channel of each image is convolved with its own dy, then images are added up. */
function depthwiseWeightGradient(graph: Graph, shape: Shape, x: Value, dy: Value): Value {
  const { batch, block, channels, kernel, stride, rows, columns, outputRows, outputColumns, sides } = shape;
  const { below, beside } = beyond(shape);
  const cut = graph.reshape(x, (batch * channels) / block, rows, columns * block);
  const [height, width] = [rows + Math.min(below, 0), columns + Math.min(beside, 0)];
  const reached =
    height === rows && width === columns ? cut : graph.slice(cut, [1, 2], [0, 0], [height, width * block]);
  const images = graph.reshape(reached, 1, batch * channels, height, width);
  const dw = convolved(graph, [images, graph.reshape(dy, batch * channels, 1, outputRows, outputColumns)], {
    kernel: [outputRows, outputColumns],
    pads: [sides.top, sides.left, Math.max(below, 0), Math.max(beside, 0)],
    dilations: [stride, stride],
    group: batch * channels,
  });
  const taps = kernel * kernel;
  const sum = graph.node('ReduceSum', [graph.reshape(dw, batch, channels * taps), graph.integers(0)], { keepdims: 0 });
  return graph.reshape(
    fromBlocked(graph, graph.reshape(sum, 1, channels, taps, 1), channels),
    ...[channels, 1, kernel, kernel],
  );
}

export const form =
  (block: number): LayerForm<'conv'> =>
  (graph, layer, { inputs: [x], batch, parameters }) => {
    const { weight, bias } = parameters!;
    const shape = shapeOf(layer, batch, block);
    const tiled = {
      ...shape,
      down: { size: shape.rows, outputs: shape.outputRows, before: shape.sides.top },
      across: { size: shape.columns, outputs: shape.outputColumns, before: shape.sides.left },
    };
    if (isFasterByTiles(tiled)) return winogradConvolution(graph, tiled, x, { weight, bias });
    const filters = filtersInBlocks(graph, shape, weight!);
    const ofWeights = isDepthwise(shape) ? depthwiseWeightGradient : weightGradient;
    return {
      y: forward(graph, shape, x, filters, bias),
      backward: (dy, [needX], learns = ALL, factor) => ({
        inputs: [needX ? gradientOfInput(dy, factor) : undefined],
        parameters: {
          weight: learns('weight') ? byFilter(ofWeights(graph, shape, x, dy), factor) : undefined,
          bias:
            bias !== undefined && learns('bias')
              ? sumOfImages(graph, dy, {
                  batch,
                  block,
                  channels: shape.filters,
                  pixels: shape.outputRows * shape.outputColumns,
                })
              : undefined,
        },
      }),
    };

    function gradientOfInput(dy: Value, factor?: Value): Value {
      if (factor === undefined) return inputGradient(graph, shape, weight!, filters, dy);
      const scaled = byFilter(weight!, factor);
      return inputGradient(graph, shape, scaled, filtersInBlocks(graph, shape, scaled), dy);
    }

    /** Weights [filters, ...] times a factor of each filter. */
    function byFilter(weights: Value, factor?: Value): Value {
      return factor === undefined
        ? weights
        : graph.node('Mul', [weights, graph.reshape(factor, shape.filters, 1, 1, 1)]);
    }
  };
