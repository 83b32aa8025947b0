import { CHANNELS, type Layer, type Network, type Shape } from '../../network/network.ts';
import { Graph, type Value } from './graph.ts';
import { BOUNDARY, CORRECT, dropoutInput, IMAGES, LABELS, LOSS } from './inputs.ts';
import { adaptedKernel } from './layers/adapter.ts';
import type { LayerParameters } from './layers/layer.ts';
import type { LossValue } from './layers/softmax-cross-entropy.ts';
import { batchLastLayout, type Layout } from './layouts.ts';

/**
 * The graph of an evaluation: the forward pass without dropout, to loss and number of correct answers. It takes any number N
 * of images; `batch` is the number that it is laid out for. Layers 1..from are left to a prefix.
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
    ordered[index] = above;
    ordered[index + 1] = { ...layer, input: above.output, output: above.output };
  });
  return ordered;
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

interface CommonInputs {
  /** In the layout of values between layers; above a prefix, its output. */
  readonly images: Value;
  /** Weight and bias by the name of their layer. */
  readonly parameters: ReadonlyMap<string, LayerParameters>;
}

/** Declares images, and weight and bias of layers from + 1 .. to; adapters are added to their weights. */
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

/** Declares loss and number of correct answers as outputs. */
export function outputResult(graph: Graph, result: LossValue): void {
  graph.output(LOSS, result.loss, []);
  graph.output(CORRECT, result.correct, [], 'int32');
}
