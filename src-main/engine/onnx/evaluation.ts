import { CHANNELS, type Layer, type Network, type Shape } from '../../network/network.ts';
import { adaptedKernel } from './adapter.ts';
import { Graph, type Value } from './graph.ts';
import { batchLastLayout, poolBeforeRelu, type LayerParameters, type Layout } from './layers.ts';
import { BOUNDARY, CORRECT, IMAGES, LABELS, LOSS, dropoutInput } from './names.ts';
import type { SoftmaxCrossEntropy } from './operators/softmax-cross-entropy.ts';

/**
 * The forward pass without dropout, down to loss and number of correct answers. It takes any number N of images; `batch`
 * is the one that it is laid out for. Layers 1..from are left to a prefix.
 */
export function evaluationGraph(network: Network, batch: number, layout: Layout = batchLastLayout, from = 0): Graph {
  const graph = new Graph();
  const { images, parameters } = commonInputs(graph, network, 'N', layout, { from });
  const labels = graph.input(LABELS, ['N', 1], 'int32');
  let x = images;
  for (const layer of stretch(network, from))
    x = layout.layerValue(graph, layer, { x, batch, parameters: parameters.get(layer.name) }).y;
  const logits = graph.reshape(x, network.classes, -1);
  outputResult(graph, layout.softmaxCrossEntropy.forward(graph, logits, labels, network.classes));
  return graph;
}

/** Layers from + 1 .. to in the order in which they are computed. Nothing changes places across its ends. */
export function stretch({ layers, depth }: Network, from: number, to = depth): Layer[] {
  return poolBeforeRelu(layers.filter(({ n }) => n > from && n <= to));
}

/** Declares the mask of a dropout layer, [N, ...shape]; undefined for any other layer. */
export function dropoutMaskOf(
  graph: Graph,
  network: Network,
  batch: number,
  layout: Layout,
  layer: Layer,
): Value | undefined {
  if (layer.spec.type !== 'dropout') return undefined;
  const index = network.layers.filter(({ spec }) => spec.type === 'dropout').indexOf(layer);
  return layout.dropoutMask(graph, graph.input(dropoutInput(index), [batch, ...layer.output]), layer);
}

export interface CommonInputs {
  /** As the layout has them; above a prefix, what it puts out. */
  readonly images: Value;
  /** By the name of their layer. */
  readonly parameters: ReadonlyMap<string, LayerParameters>;
}

/** Declares images, and weight and bias of layers from + 1 .. to; adapters are in their weights. */
export function commonInputs(
  graph: Graph,
  network: Network,
  batch: number | 'N',
  layout: Layout,
  { from, to = network.depth }: { readonly from: number; readonly to?: number },
): CommonInputs {
  const images =
    from === 0 ? imagesInput(graph, network, batch, layout) : boundaryInput(graph, network, batch, layout, from);
  const inputs = new Map<string, Value>();
  for (const { name, shape, n } of network.parameters)
    if (n > from && n <= to) inputs.set(name, graph.input(name, shape));
  const parameters = network.layers
    .filter((layer) => inputs.has(`${layer.name}.weight`))
    .map((layer) => {
      const weight = adaptedKernel(graph, layer, inputs.get(`${layer.name}.weight`)!);
      return [layer.name, { weight, bias: inputs.get(`${layer.name}.bias`)! }] as const;
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

export function outputResult(graph: Graph, result: SoftmaxCrossEntropy): void {
  graph.output(LOSS, result.loss, []);
  graph.output(CORRECT, result.correct, [], 'int32');
}
