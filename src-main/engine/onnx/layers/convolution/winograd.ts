import type { Graph, Value } from '../../graph.ts';
import { ALL, blockedOfPixels, fromBlocked, type Blocked, type LayerParameters, type LayerValue } from '../layer.ts';
import { scaledImages, sumOfImages } from '../images-in-blocks.ts';
import { constantMatrix, NARROW, type Rows, turned, unfusedTranspose } from '../matrix-product.ts';
import { upTo } from './fourier.ts';

/**
 * A convolution of stride 1 and its gradients, of blocked images, by Winograd's minimal filtering (Lavin and Gray, CVPR 2016,
 * section 4.2): a tile of 4x4 outputs of 3x3 taps takes 36 products in place of 144. Along one side, with d the six numbers that
 * the outputs of a tile read and g the taps,
 *
 *     y = A^T [(G g) * (B^T d)]
 *
 * and along both sides alike. What B^T makes of all tiles of all images, and G of all filters, are stacks of matrices, one for
 * each place (pair of points, see below), whose products are sums over channels. All of it is linear in x and in w, so that the
 * gradients are products of the same stacks: with Y = X W^T and dY = A dy A^T, place by place,
 *
 *     dx = B (dY W) B^T        dw = G^T (dY^T X) G
 *
 * A, B and G evaluate polynomials at six points, the last of which is infinity. These have exact powers and round less than the paper's
 * 0, ±1, ±2 (Barabasz et al., ACM TOMS 2020): 1 to 2e-6 of the largest number in y, dx and dw; direct sums 2e-7. Taps of 5x5, at
 * eight points, would take as long as their spectra and round by 7e-6.
 */
export interface TiledConvolution extends Blocked {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly down: Side;
  readonly across: Side;
}

/** Rows or columns: those of x, of y, and the zeros before x. */
interface Side {
  readonly size: number;
  readonly outputs: number;
  readonly before: number;
}

/** Rows and columns of outputs in a tile. */
const TILE = 4;
const KERNEL = 3;
const POINTS = [0, 0.75, -0.75, 1.5, -1.5];
/** The points, and infinity. */
const PLACES = POINTS.length + 1;

export function winogradConvolution(
  graph: Graph,
  shape: TiledConvolution,
  x: Value,
  { weight, bias }: Pick<LayerParameters, 'weight' | 'bias'>,
): LayerValue {
  const { batch, block, filters, down, across } = shape;
  const tilesOfX = tilesOfInputs(graph, shape, x);
  const ofFilters = transformedFilters(graph, shape, weight!);
  const y = graph.stackedProduct(tilesOfX, ofFilters, { b: true });
  return {
    y: outputsOf(graph, shape, y, bias),
    backward: (dy, [needX], learns = ALL, factor) => {
      const scaled = factor === undefined ? dy : scaledImages(graph, dy, filters, factor);
      const tilesOfDy = tilesOfOutputs(graph, shape, scaled);
      const dx = () => graph.stackedProduct(tilesOfDy, ofFilters);
      const dw = () => graph.stackedProduct(tilesOfDy, tilesOfX, { a: true });
      const pixels = down.outputs * across.outputs;
      return {
        inputs: [needX ? inputsOf(graph, shape, dx()) : undefined],
        parameters: {
          weight: learns('weight') ? filtersOf(graph, shape, dw()) : undefined,
          bias:
            bias !== undefined && learns('bias')
              ? sumOfImages(graph, scaled, { batch, block, channels: filters, pixels })
              : undefined,
        },
      };
    },
  };
}

/** Whether that takes less time than the direct kernels. */
export function isFasterByTiles(shape: TiledConvolution & Record<'kernel' | 'stride' | 'groups', number>): boolean {
  const { batch, block, channels, filters, down, across, kernel, stride, groups } = shape;
  if (kernel !== KERNEL || stride !== 1 || groups !== 1 || channels % block !== 0) return false;
  // With fewer columns the bytes of a product would depend on the number of threads.
  if (channels * filters <= NARROW) return false;
  const direct = 3 * 2 * KERNEL ** 2 * down.outputs * across.outputs * batch * channels * filters;
  const numbers = tiles(down) * tiles(across) * PLACES ** 2 * batch;
  const products = 3 * 2 * numbers * channels * filters;
  const ofFilters = 2 * 2 * (PLACES * KERNEL) ** 2 * channels * filters;
  const along = PLACES * tiles(across);
  const ofInputs = 2 * 2 * along * (across.size + PLACES * tiles(down)) * down.size * batch * channels;
  const ofOutputs = 2 * 2 * TILE ** 2 * numbers * filters;
  return 1.6 * products + 3 * (ofFilters + ofInputs + ofOutputs) < direct;
}

const tiles = ({ outputs }: Side): number => Math.ceil(outputs / TILE);

/** Of columns and rows at once (Kronecker): columns first. */
const ofBoth = (rows: Rows): Rows =>
  rows.flatMap((across) => rows.map((down) => across.flatMap((one) => down.map((other) => one * other))));

const powers = (point: number, length: number) => upTo(length).map((power) => point ** power);
const last = (length: number) => upTo(length).map((power) => (power === length - 1 ? 1 : 0));
const others = (place: number) => POINTS.filter((_, index) => index !== place);
/** Coefficients of the product of (p - point) over points, that of 1 first. */
const polynomial = (points: readonly number[]): number[] =>
  points.reduce<number[]>(
    (product, point) => [...product, 0].map((value, power) => (product[power - 1] ?? 0) - point * value),
    [1],
  );

// The method of Toom and Cook, turned around (Barabasz et al., section 3).
/** [places, tile] */
const A: Rows = [...POINTS.map((point) => powers(point, TILE)), last(TILE)];
/** B^T, [places, places] */
const B: Rows = [...POINTS.map((_, place) => [...polynomial(others(place)), 0]), polynomial(POINTS)];
/** [places, kernel] */
const G: Rows = [
  ...POINTS.map((point, place) => {
    const scale = others(place).reduce((product, other) => product * (point - other), 1);
    return powers(point, KERNEL).map((value) => value / scale);
  }),
  last(KERNEL),
];

/** B^T of each tile of a side, [places x tiles, size]: that of tile t begins at 4 t - before, and zeros lie outside. */
const ofTiles = (side: Side): Rows =>
  B.flatMap((row) =>
    upTo(tiles(side)).map((tile) => upTo(side.size).map((place) => row[place + side.before - TILE * tile] ?? 0)),
  );

/** [places x places, tiles x tiles x N, channels] of x; of places, those of columns come first, of tiles those of rows. */
function tilesOfInputs(graph: Graph, shape: TiledConvolution, x: Value): Value {
  const { channels, down, across } = shape;
  const lines = graph.reshape(fromBlocked(graph, x, channels), -1, across.size);
  const alongRows = graph.node('Gemm', [constantMatrix(graph, ofTiles(across)), lines], { transB: 1 });
  const stacks = graph.reshape(alongRows, PLACES, -1, down.size);
  const alongColumns = graph.stackedProduct(constantMatrix(graph, ofTiles(down)), stacks, { b: true });
  return graph.reshape(alongColumns, PLACES ** 2, -1, channels);
}

/** dx of such tiles. */
function inputsOf(graph: Graph, shape: TiledConvolution, dtiles: Value): Value {
  const { block, channels, down, across } = shape;
  const stacks = graph.reshape(dtiles, PLACES, PLACES * tiles(down), -1);
  const alongColumns = graph.node('MatMul', [constantMatrix(graph, turned(ofTiles(down))), stacks]);
  const byRow = graph.transpose(graph.reshape(alongColumns, PLACES, down.size, tiles(across), -1), 1, 0, 2, 3);
  const lines = graph.reshape(byRow, down.size, PLACES * tiles(across), -1);
  const pixels = graph.node('MatMul', [constantMatrix(graph, turned(ofTiles(across))), lines]);
  return blockedOfPixels(graph, pixels, [channels, down.size, across.size], block);
}

/** [places x places, tiles x tiles x N, filters] of dy, in the order of `tilesOfInputs`. */
function tilesOfOutputs(graph: Graph, shape: TiledConvolution, dy: Value): Value {
  const { block, filters, down, across } = shape;
  const [height, width] = [tiles(down) * TILE, tiles(across) * TILE];
  const lines = graph.reshape(dy, -1, down.outputs, across.outputs * block);
  const beyond = graph.integers(0, 0, 0, 0, height - down.outputs, (width - across.outputs) * block);
  const whole = height === down.outputs && width === across.outputs ? lines : graph.node('Pad', [lines, beyond]);
  const apart = graph.reshape(whole, -1, filters / block, tiles(down), TILE, tiles(across), TILE, block);
  const pixels = graph.reshape(graph.transpose(apart, 5, 3, 2, 4, 0, 1, 6), TILE ** 2, -1);
  const transformed = graph.node('Gemm', [constantMatrix(graph, ofBoth(A)), pixels]);
  return graph.reshape(transformed, PLACES ** 2, -1, filters);
}

/** y of such tiles. */
function outputsOf(graph: Graph, shape: TiledConvolution, tilesOfY: Value, bias?: Value): Value {
  const { block, filters, down, across } = shape;
  const [height, width] = [tiles(down) * TILE, tiles(across) * TILE];
  const flat = graph.reshape(tilesOfY, PLACES ** 2, -1);
  const pixels = graph.node('Gemm', [constantMatrix(graph, turned(ofBoth(A))), flat]);
  const withBias = bias === undefined ? pixels : graph.node('Add', [graph.reshape(pixels, -1, filters), bias]);
  const apart = graph.reshape(withBias, TILE, TILE, tiles(down), tiles(across), -1, filters / block, block);
  const lines = graph.reshape(graph.transpose(apart, 4, 5, 2, 1, 3, 0, 6), -1, height, width * block);
  const cut =
    height === down.outputs && width === across.outputs
      ? lines
      : graph.slice(lines, [1, 2], [0, 0], [down.outputs, across.outputs * block]);
  return graph.reshape(cut, -1, filters, down.outputs, across.outputs);
}

/** G of both sides, [places x places, kernel^2]: places of columns first, but taps of rows. */
const ofTaps: Rows = G.flatMap((across) => G.map((down) => down.flatMap((one) => across.map((other) => one * other))));

/** [places x places, filters, channels] of a weight, in the order of `tilesOfInputs`. */
function transformedFilters(graph: Graph, { filters, channels }: TiledConvolution, weight: Value): Value {
  const taps = graph.reshape(weight, filters * channels, KERNEL ** 2);
  const transformed = graph.node('Gemm', [constantMatrix(graph, ofTaps), taps], { transB: 1 });
  return graph.reshape(transformed, PLACES ** 2, filters, channels);
}

/** dw of such a stack. */
function filtersOf(graph: Graph, { filters, channels }: TiledConvolution, transformed: Value): Value {
  const taps = graph.node('Gemm', [constantMatrix(graph, turned(ofTaps)), graph.reshape(transformed, PLACES ** 2, -1)]);
  return graph.reshape(unfusedTranspose(graph, taps), filters, channels, KERNEL, KERNEL);
}
