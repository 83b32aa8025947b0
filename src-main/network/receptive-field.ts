import { volume } from './layers/layer.ts';
import { sidesOf } from './layers/windows.ts';
import type { Layer, Network } from './network.ts';

/** The rows and columns of the network's input that a unit sees; none where it sees only padding. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The receptive field of a unit of layer n, at a row and column of its convolution's output: going down layer by layer, each
 * position becomes the positions that its window covers (Dumoulin and Visin 2016, arXiv:1603.07285, section 2.4), without
 * padding. A dense layer sees all of the layer below it. Throws a RangeError where the network has no layer n.
 */
export function receptiveField(network: Network, n: number, row: number, column: number): Window {
  const rows = seen(network, n, row, 1);
  const columns = seen(network, n, column, 2);
  const extent = (places: ReadonlySet<number>) =>
    places.size === 0 ? 0 : Math.max(...places) - Math.min(...places) + 1;
  const first = (places: ReadonlySet<number>) => (places.size === 0 ? 0 : Math.min(...places));
  return { top: first(rows), left: first(columns), rows: extent(rows), columns: extent(columns) };
}

/** Number of rows, and of columns, that a unit in the middle of layer n sees. */
export function fieldSize(network: Network, n: number): number {
  const { row, column } = middleOf(network, n);
  return receptiveField(network, n, row, column).rows;
}

/**
 * A layer's output as units with the places that each has: [units, rows, columns]. Of tokens [tokens, values] every value is a
 * unit, and tokens are rows of one column.
 */
export function unitShape({ output }: Pick<Layer, 'output'>): readonly [units: number, rows: number, columns: number] {
  if (output.length === 2) return [output[1], output[0], 1];
  const [units, rows = 1, ...others] = output;
  return [units, rows, volume(others)];
}

/** The place in the middle of the output of layer n's convolution; a dense layer has only one place. */
export function middleOf(network: Network, n: number): { row: number; column: number } {
  const [, rows, columns] = unitShape(layerOfUnits(network, n));
  return { row: Math.floor((rows - 1) / 2), column: Math.floor((columns - 1) / 2) };
}

/** The places that a unit sees along one side of the input. @param side 1 for rows, 2 for columns, as in a Shape */
function seen(network: Network, n: number, place: number, side: 1 | 2): ReadonlySet<number> {
  const { layers, spec } = network;
  const units = layerOfUnits(network, n);
  /** By place of a layer, the places of its output that are seen; -1: of the images. */
  const bySource = new Map<number, Set<number>>([[units.place, new Set([place])]]);
  for (const layer of layers.slice(0, units.place + 1).reverse()) {
    const places = bySource.get(layer.place);
    if (!places) continue;
    layer.sources.forEach((source, index) => {
      const size = layer.inputs[index][side] ?? 1;
      const below = bySource.get(source) ?? new Set();
      for (const at of placesBelow(layer, places, side, size)) if (at >= 0 && at < size) below.add(at);
      bySource.set(source, below);
    });
  }
  const images = bySource.get(-1) ?? new Set();
  return new Set([...images].filter((at) => at < spec.inputSize));
}

const allOf = (size: number): Iterable<number> => Array.from({ length: size }, (_, at) => at);

/** The places of one input that places of a layer's output see; layers that mix or move places see all. */
function placesBelow({ spec, inputs, output }: Layer, places: ReadonlySet<number>, side: 1 | 2, size: number) {
  switch (spec.type) {
    case 'conv':
    case 'pool': {
      const { kernel, stride } = spec;
      const dilation = spec.type === 'conv' ? (spec.dilation ?? 1) : 1;
      const { top, left } = sidesOf(spec.pad);
      const before = side === 1 ? top : left;
      return [...places].flatMap((from) =>
        Array.from({ length: kernel }, (_, tap) => from * stride - before + tap * dilation),
      );
    }
    case 'slice':
      return spec.axis === side ? [...places].map((at) => at * (spec.step ?? 1) + spec.start) : places;
    case 'add':
    case 'multiply':
      // A repeated input has one place.
      return size === 1 ? [0] : places;
    case 'dense':
    case 'global-pool':
    case 'matrix-product':
    case 'reshape':
    case 'transpose':
      return allOf(size);
    case 'group-norm':
      // Its statistics are of the whole image, and are not counted as sight, as is usual.
      return places;
    default:
      return inputs[0].length === output.length ? places : allOf(size);
  }
}

/**
 * The layer whose outputs are the units of layer n: its convolution or dense layer; of a block, or several that stand together,
 * the last one with parameters or the sum. Throws a RangeError where there is none.
 */
export function layerOfUnits({ layers }: Network, n: number): Layer {
  const own = n >= 1 ? layers.filter((one) => one.n === n) : [];
  const weighted = own.filter(({ spec }) => spec.type === 'conv' || spec.type === 'dense');
  const last = own.findLast(({ parameters, spec }) => parameters > 0 || spec.type === 'add' || spec.type === 'concat');
  const layer = weighted.length === 1 ? weighted[0] : last;
  if (!layer) throw new RangeError(`the network has no layer ${n}`);
  return layer;
}
