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

/** The place in the middle of the output of layer n's convolution; a dense layer has only one place. */
export function middleOf(network: Network, n: number): { row: number; column: number } {
  const [, rows, columns] = weightLayer(network, n).output;
  return { row: Math.floor((rows - 1) / 2), column: Math.floor((columns - 1) / 2) };
}

/** The places that a unit sees along one side of the input. @param side 1 for rows, 2 for columns, as in a Shape */
function seen(network: Network, n: number, place: number, side: 1 | 2): ReadonlySet<number> {
  const { layers } = network;
  let places = new Set([place]);
  for (const { spec, input } of layers.slice(0, layers.indexOf(weightLayer(network, n)) + 1).reverse()) {
    if (spec.type === 'dense') places = new Set(Array.from({ length: input[side] }, (_, i) => i));
    if (spec.type !== 'conv' && spec.type !== 'pool') continue;
    const { kernel, stride, pad } = spec;
    const covered = [...places].flatMap((from) => Array.from({ length: kernel }, (_, i) => from * stride - pad + i));
    places = new Set(covered.filter((at) => at >= 0 && at < input[side]));
  }
  return places;
}

/** The convolution or dense layer that is layer n. Throws a RangeError where there is none. */
export function weightLayer({ layers }: Network, n: number): Layer {
  const layer = n >= 1 ? layers.find((one) => one.n === n) : undefined;
  if (!layer) throw new RangeError(`the network has no layer ${n}`);
  return layer;
}
