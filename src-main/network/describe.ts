import { areNamed, countsWeightLayers, depthWords } from '../common/cuts.ts';
import { count } from '../common/numbers.ts';
import { definitionOf } from './layers/layers.ts';
import { countNetwork, type Layer, type Network } from './network.ts';

/**
 * The network as a table of plain text for terminals: a line per layer with the paper's layer number, what it does, its
 * output (channels x rows x columns), parameters and floating point operations of one image's forward pass. Below it the
 * cuts, where their names say more than their numbers.
 */
export function describeNetwork(network: Network): string {
  const { spec, classes, layers, cuts } = network;
  const totals = countNetwork(network);
  const withWeights = layers.filter(({ parameters }) => parameters > 0);
  /** Of each layer n the first that has parameters. */
  const first = new Map(withWeights.toReversed().map((layer) => [layer.n, layer]));
  const rows = [
    ['n', 'layer', '', 'output', 'parameters', 'FLOPs'],
    ...layers.map((layer) => [
      first.get(layer.n) === layer ? String(layer.n) : '',
      layer.name,
      layerDetails(layer),
      layer.output.join('x'),
      layer.parameters > 0 ? count(layer.parameters) : '',
      count(layer.flops),
    ]),
    ['', 'total', '', '', count(totals.parameters), count(totals.flops)],
  ];
  const title = `${spec.name}: ${depthOf(network)}, images of ${spec.inputSize}x${spec.inputSize}, ${classes} classes`;
  const named = areNamed(cuts) ? `\n${table([['n', 'cut after', 'end of a'], ...cuts.map(cutRow)], 0)}\n` : '';
  return `${title}\n\n${table(rows)}\n${named}`;
}

/** `8 weight layers`, `20 weight layers, 10 cuts` */
export const depthOf = ({ layers, depth }: Network): string => depthWords(typesOf(layers), depth);

/** Whether n counts the network's weight layers, as in the paper. */
export const isLikePaper = ({ layers, depth }: Network): boolean => countsWeightLayers(typesOf(layers), depth);

const typesOf = (layers: readonly Layer[]): string[] => layers.map(({ spec }) => spec.type);

/** The layers as they are described to those who draw them. */
export const describedLayers = ({ layers }: Network) =>
  layers.map((layer) => ({
    name: layer.name,
    type: layer.spec.type,
    n: layer.n,
    sources: [...layer.sources],
    output: [...layer.output],
    parameters: layer.parameters,
    flops: layer.flops,
    settings: layerDetails(layer),
  }));

/** The settings of a layer beside its type and size: `5x5, stride 2, pad 2`. */
const layerDetails = ({ spec }: Layer): string => definitionOf(spec).details?.(spec) ?? '';

const cutRow = ({ n, name, level }: Network['cuts'][number]): string[] => [String(n), name, level];

/** Aligns words to the left, and numbers (the last columns, two unless said) to the right. */
function table(rows: readonly string[][], numbers = 2): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isNumber = (column: number) => column >= widths.length - numbers;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
