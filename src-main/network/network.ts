import { UserError } from '../errors.ts';
import type { LayerSpec, NetworkSpec } from './spec.ts';

/** [channels, rows, columns]; a dense output is [units, 1, 1]. */
export type Shape = readonly [channels: number, rows: number, columns: number];

export interface Layer {
  readonly spec: LayerSpec;
  /** The layer's own name, or for a layer without weights the name of its weight layer and its type: `conv1.relu`. */
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** The weight layer that it belongs to, 1-based: the paper's "layer n". 0 before the first weight layer. */
  readonly n: number;
  readonly parameters: number;
  /** Floating point operations of one image's forward pass; a multiply and an add count as two. */
  readonly flops: number;
  /** Rank of the layer's adapter (variants.ts); absent: it has none. */
  readonly adapterRank?: number;
}

export interface Parameter {
  /** `conv1.weight`, `conv1.bias`, `conv1.adapter.a`: also its name in checkpoints. */
  readonly name: string;
  readonly kind: 'weight' | 'bias';
  /** conv weight [filters, channels in / groups, kernel, kernel]; dense weight [units, inputs]; bias [filters or units]. */
  readonly shape: readonly number[];
  readonly size: number;
  /** The layer n that it belongs to. */
  readonly n: number;
  readonly fanIn: number;
  /** Which of an adapter's two factors the parameter is; absent: neither. */
  readonly adapter?: 'a' | 'b';
  /** Whether the parameter never learns, because an adapter learns in its place. */
  readonly kept?: boolean;
}

/** A spec with a number of classes and every shape. */
export interface Network {
  readonly spec: NetworkSpec;
  readonly classes: number;
  readonly layers: readonly Layer[];
  /** Number of weight layers, the paper's N. */
  readonly depth: number;
  /** In the order of the layers, weight before bias; adapters after all of them. */
  readonly parameters: readonly Parameter[];
}

/** Whether steps change a parameter of a network whose layers 1..frozen are frozen. */
export const learns = ({ n, kept }: Parameter, frozen: number): boolean => n > frozen && !kept;

export const CHANNELS = 3;
/** More than any network of images needs, and less than breaks engines: a tensor must stay below 2 GiB. */
const MOST_PARAMETERS = 5e8;
/** Most values in a layer's output for one image; alexnet's conv1 has 290,400. */
const MOST_OUTPUTS = 2 ** 24;
const volume = (shape: Shape): number => shape[0] * shape[1] * shape[2];

/** Computes every shape. Throws a UserError that names the first layer that doesn't fit. */
export function resolveNetwork(spec: NetworkSpec, classes: number): Network {
  const layers: Layer[] = [];
  const parameters: Parameter[] = [];
  const names = new Set<string>();
  let shape: Shape = [CHANNELS, spec.inputSize, spec.inputSize];
  let n = 0;
  let total = 0;
  let owner = 'input';
  spec.layers.forEach((layer, index) => {
    const last = index === spec.layers.length - 1;
    const weighted = layer.type === 'conv' || layer.type === 'dense';
    if (weighted) {
      n += 1;
      owner = layer.name;
    }
    const name = weighted ? layer.name : `${owner}.${layer.type}`;
    const wrong = (what: string) =>
      new UserError(
        `Network "${spec.name}", layer ${index + 1} (${name}): ${what} Its input is ${shape.join('x')} (channels x rows x columns).`,
        { usage: true },
      );
    if (weighted && names.has(layer.name)) throw wrong(`the name "${layer.name}" is used twice; rename one.`);
    names.add(name);
    if (last && (layer.type !== 'dense' || layer.units !== undefined))
      throw wrong('the last layer must be of type "dense" without "units", one unit per class.');
    if (!last && layer.type === 'dense' && layer.units === undefined)
      throw wrong('"units" is missing; only the last layer may leave it out.');
    if (n === 0) throw wrong('the first layer must be a "conv" or "dense" one.');
    const input = shape;
    const output = outputShape(layer, input, classes, wrong);
    if (volume(output) > MOST_OUTPUTS)
      throw wrong(`its output of ${output.join('x')} values per image is too large; ${MOST_OUTPUTS} is the most.`);
    let flops = volume(output);
    const weight = weightShape(layer, input, output);
    if (weight) {
      const fanIn = weight.slice(1).reduce((product, size) => product * size, 1);
      const size = weight[0] * fanIn;
      total += size + weight[0];
      if (total > MOST_PARAMETERS)
        throw wrong(`it brings the network to ${total} parameters; ${MOST_PARAMETERS} is the most.`);
      parameters.push({ name: `${name}.weight`, kind: 'weight', shape: weight, size, n, fanIn });
      parameters.push({ name: `${name}.bias`, kind: 'bias', shape: [weight[0]], size: weight[0], n, fanIn });
      flops = volume(output) * (2 * fanIn + 1);
    } else if (layer.type === 'pool') flops *= layer.kernel ** 2;
    else if (layer.type === 'lrn') flops *= 2 * layer.size + 3;
    layers.push({ spec: layer, name, input, output, n, parameters: weight ? weight[0] + product(weight) : 0, flops });
    shape = output;
  });
  return { spec, classes, layers, depth: n, parameters };
}

const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1);

function weightShape(layer: LayerSpec, input: Shape, output: Shape): number[] | undefined {
  if (layer.type === 'conv') return [layer.filters, input[0] / layer.groups, layer.kernel, layer.kernel];
  if (layer.type === 'dense') return [output[0], volume(input)];
  return undefined;
}

function outputShape(layer: LayerSpec, input: Shape, classes: number, wrong: (what: string) => UserError): Shape {
  const [channels, rows, columns] = input;
  switch (layer.type) {
    case 'conv': {
      if (channels % layer.groups !== 0)
        throw wrong(`${channels} input channels can't be divided among ${layer.groups} groups.`);
      if (layer.filters % layer.groups !== 0)
        throw wrong(`${layer.filters} filters can't be divided among ${layer.groups} groups.`);
      return [layer.filters, ...slide(layer, rows, columns, wrong)];
    }
    case 'pool':
      if (layer.pad >= layer.kernel)
        throw wrong(`its pad ${layer.pad} must be smaller than its kernel ${layer.kernel}.`);
      return [channels, ...slide(layer, rows, columns, wrong)];
    case 'dense':
      return [layer.units ?? classes, 1, 1];
    case 'relu':
    case 'lrn':
    case 'dropout':
      return input;
  }
}

/** Numbers of positions of a window: floor((size + 2 pad - kernel) / stride) + 1. */
function slide(
  window: { kernel: number; stride: number; pad: number },
  rows: number,
  columns: number,
  wrong: (what: string) => UserError,
): [number, number] {
  const positions = (size: number) => Math.floor((size + 2 * window.pad - window.kernel) / window.stride) + 1;
  if (rows + 2 * window.pad < window.kernel || columns + 2 * window.pad < window.kernel)
    throw wrong(
      `its ${window.kernel}x${window.kernel} window is larger than the padded input; make the kernel smaller or pad more.`,
    );
  return [positions(rows), positions(columns)];
}

/** The parameter of a name. Throws a RangeError where the network has none. */
export function parameterNamed({ spec, parameters }: Network, name: string): Parameter {
  const parameter = parameters.find((each) => each.name === name);
  if (!parameter) throw new RangeError(`network "${spec.name}" has no parameter "${name}"`);
  return parameter;
}

/** Parameters and floating point operations of a whole network. */
export function countNetwork(network: Network): { parameters: number; flops: number } {
  return {
    parameters: network.layers.reduce((sum, layer) => sum + layer.parameters, 0),
    flops: network.layers.reduce((sum, layer) => sum + layer.flops, 0),
  };
}
