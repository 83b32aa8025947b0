import { count } from '../common/numbers.ts';
import { definitionOf } from './layers/layers.ts';
import { countNetwork, type Layer, type Network } from './network.ts';

/**
 * The network as a table of plain text for terminals: a line per layer with the paper's layer number, what it does, its
 * output (channels x rows x columns), parameters and floating point operations of one image's forward pass. Below it the cuts,
 * where they leave several weight layers together.
 */
export function describeNetwork(network: Network): string {
  const { spec, classes, layers } = network;
  const totals = countNetwork(network);
  const firstOf = new Map(
    layers
      .filter(({ parameters }) => parameters > 0)
      .reverse()
      .map(({ n, place }) => [n, place]),
  );
  const rows = [
    ['n', 'layer', '', 'output', 'parameters', 'FLOPs'],
    ...layers.map((layer) => [
      firstOf.get(layer.n) === layer.place ? String(layer.n) : '',
      layer.name,
      layerDetails(layer),
      layer.output.join('x'),
      layer.parameters > 0 ? count(layer.parameters) : '',
      count(layer.flops),
    ]),
    ['', 'total', '', '', count(totals.parameters), count(totals.flops)],
  ];
  const title = `${spec.name}: ${depthWords(network)}, images of ${spec.inputSize}x${spec.inputSize}, ${classes} classes`;
  return `${title}\n\n${table(rows)}\n${isPlain(network) ? '' : `\n${cutsList(network)}\n`}`;
}

/** `8 weight layers`, or `21 weight layers in 10 blocks` where a cut leaves several together: then n counts those. */
export function depthWords(network: Network): string {
  const words = `${weightLayers(network)} weight layers`;
  return isPlain(network) ? words : `${words} in ${network.depth} blocks`;
}

const weightLayers = ({ layers }: Network): number => layers.filter(isWeightLayer).length;

/** Whether each weight layer is a layer n of its own, as in the paper's network. */
const isPlain = (network: Network): boolean => weightLayers(network) === network.depth;

function cutsList({ cuts }: Network): string {
  const width = String(cuts.length).length;
  return ['Cuts', ...cuts.map(({ n, name, level }) => `${String(n).padStart(width)}  after ${name} (${level})`)].join(
    '\n',
  );
}

const isWeightLayer = ({ spec }: Layer): boolean => spec.type === 'conv' || spec.type === 'dense';

/** The settings of a layer beside its type and size: `5x5, stride 2, pad 2`. */
export const layerDetails = ({ spec }: Layer): string => definitionOf(spec).details?.(spec) ?? '';

/** Aligns words to the left, and numbers (the last two columns) to the right. */
function table(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isNumber = (column: number) => column >= widths.length - 2;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
