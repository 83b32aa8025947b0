import { CHANNELS, type Network } from '../../network/network.ts';
import { Graph, type Value } from './graph.ts';
import { layerForward, type LayerParameters } from './layers.ts';
import { CORRECT, IMAGES, LABELS, LOSS } from './names.ts';
import * as softmaxCrossEntropy from './operators/softmax-cross-entropy.ts';

/** The forward pass without dropout, for any number N of images, down to loss and number of correct answers. */
export function evaluationGraph(network: Network): Graph {
  const graph = new Graph();
  const size = network.spec.inputSize;
  let x = graph.input(IMAGES, ['N', CHANNELS, size, size]);
  const labels = graph.input(LABELS, ['N', 1], 'int32');
  const parameters = parameterInputs(graph, network);
  for (const layer of network.layers) x = layerForward(graph, layer, x, parameters.get(layer.name), undefined);
  const logits = graph.reshape(x, -1, network.classes);
  const { loss, correct } = softmaxCrossEntropy.forward(graph, logits, labels, network.classes);
  graph.output(LOSS, loss, []);
  graph.output(CORRECT, correct, [], 'int64');
  return graph;
}

/** Declares an input for every weight and bias; returns them by the name of their layer. */
export function parameterInputs(graph: Graph, network: Network): Map<string, LayerParameters> {
  const inputs = new Map<string, Value>();
  for (const { name, shape } of network.parameters) inputs.set(name, graph.input(name, shape));
  const layers = network.layers.filter((layer) => layer.parameters > 0);
  return new Map(
    layers.map(({ name }) => [name, { weight: inputs.get(`${name}.weight`)!, bias: inputs.get(`${name}.bias`)! }]),
  );
}
