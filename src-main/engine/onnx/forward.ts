import { maskShape } from '../../network/layers/dropout.ts';
import { changes, CHANNELS, learns, type Layer, type Network, type Shape } from '../../network/network.ts';
import { Graph, type Value } from './graph.ts';
import { ANSWERS, BOUNDARY, CORRECT, dropoutInput, IMAGES, LABELS, LOSS } from './inputs.ts';
import { adaptedKernel } from './layers/adapter.ts';
import type { LayerInputs, LayerParameters, LayerValue } from './layers/layer.ts';
import type { LossValue } from './layers/softmax-cross-entropy.ts';
import type { Layout } from './layout.ts';
import { plainLayout } from './layouts.ts';

/**
 * The graph of an evaluation: the forward pass without dropout, to loss, number of correct answers and the answers. It takes any number N
 * of images; `batch` is the number that it is laid out for. Layers 1..from are left to a prefix.
 */
export function evaluationGraph(
  network: Network,
  batch: number,
  layout: Layout = plainLayout(network),
  from = 0,
): Graph {
  const graph = new Graph();
  const inputs = commonInputs(graph, network, 'N', layout, { from });
  const labels = graph.input(LABELS, ['N', 1], 'int32');
  const y = pass(graph, network, layout, inputs, { from, batch, given: givenInEvaluation });
  const logits = layout.logits(graph, y, network.classes, -1);
  const result = layout.softmaxCrossEntropy.forward(graph, logits, labels, network.classes);
  outputResult(graph, result);
  graph.output(ANSWERS, graph.reshape(graph.cast(result.answers, 'int32'), -1), ['N'], 'int32');
  return graph;
}

type Given = Pick<LayerInputs, 'mask' | 'ofBatch' | 'fixed'>;

/** What layers are given where there are no gradients and no masks. */
export const givenInEvaluation = (): Given => ({ fixed: true });

interface Pass {
  /** Layers from + 1 .. to. */
  readonly from: number;
  readonly to?: number;
  readonly batch: number;
  /** What a layer is given besides its inputs and parameters; absent: nothing. */
  readonly given?: (layer: Layer) => Given;
  /** Called for each layer in the order in which it is computed. */
  readonly onValue?: (layer: Layer, value: LayerValue) => void;
}

/** Adds the forward pass through some layers; returns the output of the last. */
export function pass(
  graph: Graph,
  network: Network,
  layout: Layout,
  { images, parameters }: CommonInputs,
  { from, to, batch, given, onValue }: Pass,
): Value {
  const values = new Map([[lowest(network, from), images]]);
  let y = images;
  for (const layer of stretch(network, from, to)) {
    const inputs = layer.sources.map((source) => values.get(source)!);
    const value = layout.layerValue(graph, layer, {
      inputs,
      batch,
      parameters: parameters.get(layer.name),
      ...given?.(layer),
    });
    onValue?.(layer, value);
    y = value.y;
    values.set(layer.place, y);
  }
  return y;
}

/** The place of what layer from + 1 reads: the images, or the only value that crosses the cut above layer `from`. */
const lowest = ({ layers }: Network, from: number): number => layers.findLastIndex(({ n }) => n <= from);

/**
 * Layers from + 1 .. to in the order in which they are computed: a ReLU below a max-pooling changes places with it. The
 * maximum of rectified values is the rectified maximum, with the same gradient (a window whose maximum is not positive has
 * none; in any other the same pixel is the first maximum), and there are fewer of them. No layer moves across the ends.
 */
export function stretch({ layers, depth }: Network, from: number, to = depth): Layer[] {
  const ordered = layers.filter(({ n }) => n > from && n <= to);
  ordered.forEach((layer, index) => {
    const above = ordered[index + 1];
    if (layer.spec.type !== 'relu' || above?.spec.type !== 'pool' || above.spec.mode !== 'max') return;
    const isReadByOthers = layers.some(({ sources, place }) => place !== above.place && sources.includes(layer.place));
    if (above.sources[0] !== layer.place || isReadByOthers) return;
    const { output } = above;
    ordered[index] = { ...above, place: layer.place, sources: layer.sources };
    ordered[index + 1] = {
      ...layer,
      input: output,
      inputs: [output],
      output,
      place: above.place,
      sources: [layer.place],
    };
  });
  return ordered;
}

/**
 * What layers are given in a training step: the mask of a dropout layer, and whether batch norm takes the batch's statistics:
 * a frozen one, or one whose statistics are kept, takes the running ones.
 */
export function givenInTraining(graph: Graph, network: Network, batch: number, layout: Layout, frozen: number) {
  const masked = network.layers.filter((layer) => maskShape(layer) !== undefined);
  const follow = new Set(
    network.parameters
      .filter((parameter) => parameter.role === 'runningMean' && changes(parameter, frozen))
      .map(({ layer }) => layer),
  );
  const lowest = Math.min(...network.parameters.filter((each) => learns(each, frozen)).map(({ n }) => n));
  return (layer: Layer): Given => {
    const fixed = layer.n < lowest;
    if (follow.has(layer.name)) return { ofBatch: true, fixed };
    const shape = maskShape(layer);
    if (shape === undefined) return { fixed };
    const index = masked.findIndex(({ place }) => place === layer.place);
    return { fixed, mask: layout.mask(graph, graph.input(dropoutInput(index), [batch, ...shape]), layer, shape) };
  };
}

interface CommonInputs {
  /** In the layout of values between layers; above a prefix, its output. */
  readonly images: Value;
  /** By the name of their layer. */
  readonly parameters: ReadonlyMap<string, LayerParameters>;
}

/** Declares images, and the parameters of layers from + 1 .. to; adapters are added to their weights. */
export function commonInputs(
  graph: Graph,
  network: Network,
  batch: number | 'N',
  layout: Layout,
  { from, to = network.depth }: { readonly from: number; readonly to?: number },
): CommonInputs {
  const images =
    from === 0 ? imagesInput(graph, network, batch, layout) : boundaryInput(graph, network, batch, layout, from);
  const own = network.parameters.filter(({ n }) => n > from && n <= to);
  for (const { name, shape } of own) graph.input(name, shape);
  const byLayer = Map.groupBy(
    own.filter(({ adapter }) => adapter === undefined),
    ({ layer }) => layer,
  );
  const parameters = network.layers
    .filter(({ name, parameters }) => parameters > 0 && byLayer.has(name))
    .map((layer) => {
      const values = byLayer.get(layer.name)!.map(({ role, name }) => [role, name] as const);
      const { weight, ...others }: LayerParameters = Object.fromEntries(values);
      const adapted = weight === undefined ? {} : { weight: adaptedKernel(graph, layer, weight) };
      return [layer.name, { ...adapted, ...others }] as const;
    });
  return { images, parameters: new Map(parameters) };
}

function imagesInput(graph: Graph, { spec }: Network, batch: number | 'N', layout: Layout): Value {
  const shape: Shape = [CHANNELS, spec.inputSize, spec.inputSize];
  return layout.images(graph, graph.input(IMAGES, [batch, ...shape]), shape);
}

function boundaryInput(graph: Graph, { layers }: Network, batch: number | 'N', layout: Layout, from: number): Value {
  return graph.input(
    BOUNDARY,
    layout.shape(
      layers.findLast(({ n }) => n === from)!,
      batch,
    ),
  );
}

/** Declares loss and number of correct answers as outputs. */
export function outputResult(graph: Graph, result: LossValue): void {
  graph.output(LOSS, result.loss, []);
  graph.output(CORRECT, result.correct, [], 'int32');
}
