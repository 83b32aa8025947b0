import type { Cut } from '../common/cuts.ts';
import { UserError } from '../errors.ts';
import { cutsOf, segments } from './cuts.ts';
import { expandLayers, type PlacedLayer } from './expand.ts';
import { definitionOf, type LayerSpec } from './layers/layers.ts';
import { volume, type Initial, type Multipliers, type ParameterRole, type Shape } from './layers/layer.ts';
import type { NetworkSpec } from './spec.ts';

export type { Shape };

export interface Layer {
  readonly spec: LayerSpec;
  /** The layer's own name, or for a layer without one the name of the last weight layer and its type: `conv1.relu`. */
  readonly name: string;
  /** Its place in `network.layers`. */
  readonly place: number;
  /** Places of the layers that it reads, all before its own; -1: the images. */
  readonly sources: readonly number[];
  readonly inputs: readonly Shape[];
  /** The first of its inputs. */
  readonly input: Shape;
  readonly output: Shape;
  /** The paper's "layer n" that it belongs to, 1-based: what lies between two cuts (cuts.ts). */
  readonly n: number;
  /** The block that it stands in; of blocks in blocks the outermost. */
  readonly block?: string;
  readonly parameters: number;
  /** Floating point operations of one image's forward pass; a multiply and an add count as two. */
  readonly flops: number;
  /** Rank of the layer's adapter (variants.ts); absent: it has none. */
  readonly adapterRank?: number;
}

export interface Parameter {
  /** `conv1.weight`, `conv1.bias`, `bn1.running_mean`, `conv1.adapter.a`: also its name in checkpoints. */
  readonly name: string;
  /** The layer that has it. */
  readonly layer: string;
  readonly role: ParameterRole;
  /** conv weight [filters, channels in / groups, kernel, kernel]; dense weight [units, inputs]; bias [filters or units]. */
  readonly shape: readonly number[];
  readonly size: number;
  /** The layer n that it belongs to. */
  readonly n: number;
  readonly fanIn: number;
  readonly initial: Initial;
  readonly multipliers: Multipliers;
  /** Which of an adapter's two factors the parameter is; absent: neither. */
  readonly adapter?: 'a' | 'b';
  /** Whether the parameter never changes, because something else learns in its place. */
  readonly kept?: boolean;
}

/** A spec with a number of classes and every shape. */
export interface Network {
  readonly spec: NetworkSpec;
  readonly classes: number;
  /** In an order in which they can be computed. */
  readonly layers: readonly Layer[];
  /** Number of layers n, the paper's N: one more than cuts. */
  readonly depth: number;
  /** Where it can be chopped, from below. */
  readonly cuts: readonly Cut[];
  /** In the order of the layers, weight before bias; adapters after all of them. */
  readonly parameters: readonly Parameter[];
}

/** Whether a parameter follows the images of training steps: a running statistic of batch norm. */
export const isStatistic = ({ role }: Pick<Parameter, 'role'>): boolean =>
  role === 'runningMean' || role === 'runningVariance';

/** Whether steps change a parameter of a network whose layers 1..frozen are frozen. */
export const changes = ({ n, kept }: Parameter, frozen: number): boolean => n > frozen && !kept;

/** Whether gradients change it. */
export const learns = (parameter: Parameter, frozen: number): boolean =>
  changes(parameter, frozen) && !isStatistic(parameter);

export const CHANNELS = 3;
/** More than any network of images needs, and less than breaks engines: a tensor must stay below 2 GiB. */
const MOST_PARAMETERS = 5e8;
/** Most values in a layer's output for one image; alexnet's conv1 has 290,400. */
const MOST_OUTPUTS = 2 ** 24;
/** Most bytes of the outputs of all layers in a step, of which about as many again are gradients: 256 GiB. */
const MOST_BYTES = 2 ** 38;

/** What a saved network calls its input and its outputs (engine/onnx/standard/model.ts). */
export const SAVED_AS = ['images', 'logits', 'probabilities'] as const;

/** Endings of the names of parameters, as PyTorch has them. */
const ENDINGS: Readonly<Record<ParameterRole, string>> = {
  weight: '.weight',
  bias: '.bias',
  table: '',
  runningMean: '.running_mean',
  runningVariance: '.running_var',
};

/** The name of a layer's parameter. */
export const parameterName = (layer: string, role: ParameterRole): string => layer + ENDINGS[role];

/** The names of an adapter's two factors (variants.ts). */
export const adapterNames = ({ name }: Pick<Layer, 'name'>) => ({ a: `${name}.adapter.a`, b: `${name}.adapter.b` });

/** Computes every shape. Throws a UserError that names the first layer that doesn't fit. */
export function resolveNetwork(spec: NetworkSpec, classes: number): Network {
  const placed = expandLayers(spec);
  checkOutput(spec, placed);
  const images: Shape = [CHANNELS, spec.inputSize, spec.inputSize];
  const resolved: Omit<Layer, 'n'>[] = [];
  const ofLayers: Omit<Parameter, 'n'>[][] = [];
  /** Names that tensors of a saved network have, its input and outputs and adapters that may be added among them. */
  const taken = new Set<string>(SAVED_AS);
  let total = 0;
  let values = 0;
  placed.forEach(({ spec: layer, name, sources, block, label }, place) => {
    const inputs = sources.map((source) => (source < 0 ? images : resolved[source].output));
    const wrong = (what: string) =>
      new UserError(`Network "${spec.name}", ${label}: ${what} Its input is ${inputs.map(shapeText).join(' and ')}.`, {
        usage: true,
      });
    const definition = definitionOf(layer);
    checkInputs(definition.inputs, inputs.length, wrong);
    const output = definition.output(layer, { inputs, classes, wrong });
    if (volume(output) > MOST_OUTPUTS)
      throw wrong(`its output of ${output.join('x')} values per image is too large; ${MOST_OUTPUTS} is the most.`);
    values += volume(output);
    if (values * spec.training.batchSize * Float32Array.BYTES_PER_ELEMENT > MOST_BYTES)
      throw wrong(
        `up to it, a step of ${spec.training.batchSize} images needs more than 256 GiB for the values of layers; choose smaller ones.`,
      );
    const parameters = (definition.parameters?.(layer, inputs, output) ?? []).map((parameter) => ({
      ...parameter,
      name: parameterName(name, parameter.role),
      layer: name,
      size: volume(parameter.shape),
    }));
    const adapters = layer.type === 'conv' || layer.type === 'dense' ? Object.values(adapterNames({ name })) : [];
    for (const tensor of [...parameters.map((parameter) => parameter.name), ...adapters]) {
      if (taken.has(tensor)) throw wrong(`there is another tensor "${tensor}"; rename one of the two.`);
      taken.add(tensor);
    }
    const own = parameters.reduce((sum, { size }) => sum + size, 0);
    total += own;
    if (total > MOST_PARAMETERS)
      throw wrong(`it brings the network to ${total} parameters; ${MOST_PARAMETERS} is the most.`);
    const flops = definition.flops ? definition.flops(layer, inputs, output) : volume(output);
    ofLayers.push(parameters);
    resolved.push({
      spec: layer,
      name,
      place,
      sources,
      inputs,
      input: inputs[0],
      output,
      block,
      parameters: own,
      flops,
    });
  });
  const numbers = segments(resolved);
  const layers = resolved.map((layer, place) => ({ ...layer, n: numbers[place] }));
  const parameters = ofLayers.flatMap((own, place) => own.map((parameter) => ({ ...parameter, n: numbers[place] })));
  const depth = numbers.at(-1)!;
  if (depth < 2)
    throw new UserError(
      `Network "${spec.name}", ${placed.at(-1)!.label}: nothing below it can be cut off; a cut needs weights below it, and a place outside of blocks that exactly one value crosses.`,
      { usage: true },
    );
  return { spec, classes, layers, depth, cuts: cutsOf(layers), parameters };
}

/** `3x32x32 (channels x rows x columns)` */
const shapeText = (shape: Shape): string =>
  `${shape.join('x')}${shape.length === 3 ? ' (channels x rows x columns)' : ''}`;

/** The last layer is the only output, and has the classes' units. */
function checkOutput({ name }: NetworkSpec, placed: readonly PlacedLayer[]): void {
  const wrong = ({ label }: PlacedLayer, what: string) =>
    new UserError(`Network "${name}", ${label}: ${what}`, { usage: true });
  const read = new Set(placed.flatMap(({ sources }) => sources));
  placed.forEach((layer, place) => {
    const { spec } = layer;
    const last = place === placed.length - 1;
    if (last && (spec.type !== 'dense' || spec.units !== undefined || spec.over))
      throw wrong(layer, 'the last layer must be of type "dense" without "units", one unit per class.');
    if (!last && spec.type === 'dense' && spec.units === undefined)
      throw wrong(layer, '"units" is missing; only the last layer may leave it out.');
    if (!last && !read.has(place))
      throw wrong(layer, 'no layer reads its output; the last layer is the only output that a network can have.');
  });
  if (!read.has(-1)) throw wrong(placed[0], 'no layer reads the images.');
}

function checkInputs(wanted: 0 | 1 | 2 | 'several', given: number, wrong: (what: string) => UserError): void {
  if (wanted === 'several' ? given < 2 : given !== wanted)
    throw wrong(
      `it reads ${given} ${given === 1 ? 'value' : 'values'} and needs ${wanted === 'several' ? 'at least 2' : wanted}; name its "inputs".`,
    );
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
