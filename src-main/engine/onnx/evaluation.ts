import { CHANNELS, type Network, type Shape } from '../../network/network.ts';
import { Graph, type Value } from './graph.ts';
import { batchLastLayout, poolBeforeRelu, type LayerParameters, type Layout } from './layers.ts';
import { CORRECT, IMAGES, LABELS, LOSS } from './names.ts';
import type { SoftmaxCrossEntropy } from './operators/softmax-cross-entropy.ts';

/**
 * The forward pass without dropout, down to loss and number of correct answers. It takes any number N of images; `batch`
 * is the one that it is laid out for.
 */
export function evaluationGraph(network: Network, batch: number, layout: Layout = batchLastLayout): Graph {
  const graph = new Graph();
  const { images, labels, parameters } = commonInputs(graph, network, 'N', layout);
  let x = images;
  for (const layer of poolBeforeRelu(network.layers))
    x = layout.layerValue(graph, layer, { x, batch, parameters: parameters.get(layer.name) }).y;
  const logits = graph.reshape(x, network.classes, -1);
  outputResult(graph, layout.softmaxCrossEntropy.forward(graph, logits, labels, network.classes));
  return graph;
}

export interface CommonInputs {
  /** As the layout has them. */
  readonly images: Value;
  /** [N, 1] */
  readonly labels: Value;
  /** By the name of their layer. */
  readonly parameters: ReadonlyMap<string, LayerParameters>;
}

/** Declares images, labels, and every weight and bias. */
export function commonInputs(graph: Graph, network: Network, batch: number | 'N', layout: Layout): CommonInputs {
  const shape: Shape = [CHANNELS, network.spec.inputSize, network.spec.inputSize];
  const images = layout.images(graph, graph.input(IMAGES, [batch, ...shape]), shape);
  const labels = graph.input(LABELS, [batch, 1], 'int32');
  const inputs = new Map<string, Value>();
  for (const { name, shape } of network.parameters) inputs.set(name, graph.input(name, shape));
  const parameters = network.layers
    .filter((layer) => layer.parameters > 0)
    .map(({ name }) => {
      return [name, { weight: inputs.get(`${name}.weight`)!, bias: inputs.get(`${name}.bias`)! }] as const;
    });
  return { images, labels, parameters: new Map(parameters) };
}

export function outputResult(graph: Graph, result: SoftmaxCrossEntropy): void {
  graph.output(LOSS, result.loss, []);
  graph.output(CORRECT, result.correct, [], 'int32');
}
