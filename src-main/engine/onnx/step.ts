import { CHANNELS, type Layer, type Network, type Parameter } from '../../network/network.ts';
import type { WeightLayerSpec } from '../../network/spec.ts';
import { parameterInputs } from './evaluation.ts';
import { Graph, type Value } from './graph.ts';
import { layerForTraining, layerForward, type LayerParameters, type TapedLayer } from './layers.ts';
import { CORRECT, IMAGES, LABELS, LEARNING_RATE, LOSS, dropoutInput, momentumOf, next } from './names.ts';
import * as softmaxCrossEntropy from './operators/softmax-cross-entropy.ts';

/**
 * One SGD step as a graph: forward through all layers, back down to layer frozen + 1, update of what learns. Layers
 * 1..frozen are forward only: they have no gradient, no momentum and no nodes for them; dropout among them stays on, as
 * in Caffe. Inputs: images, labels, learning rate, dropout masks, weights, momentum; outputs: loss, correct, and the
 * next weights and momentum.
 */
export function stepGraph(network: Network, batchSize: number, frozen: number): Graph {
  const graph = new Graph();
  const size = network.spec.inputSize;
  const images = graph.input(IMAGES, [batchSize, CHANNELS, size, size]);
  const labels = graph.input(LABELS, [batchSize, 1], 'int32');
  const parameters = parameterInputs(graph, network);

  const { output, tape } = forward(graph, network, batchSize, frozen, images, parameters);
  const logits = graph.reshape(output, batchSize, network.classes);
  const result = softmaxCrossEntropy.forward(graph, logits, labels, network.classes);
  graph.output(LOSS, result.loss, []);
  graph.output(CORRECT, result.correct, [], 'int64');
  if (tape.length === 0) return graph;

  const learningRate = graph.input(LEARNING_RATE, []);
  let dy = graph.reshape(softmaxCrossEntropy.backward(graph, batchSize, result), batchSize, network.classes, 1, 1);
  for (const [index, { layer, taped }] of [...tape.entries()].reverse()) {
    const gradients = taped.backward(dy, index > 0);
    if (gradients.parameters) updateLayer(graph, network, layer, learningRate, gradients.parameters);
    if (gradients.input !== undefined) dy = gradients.input;
  }
  return graph;
}

interface TapeEntry {
  readonly layer: Layer;
  readonly taped: TapedLayer;
}

function forward(
  graph: Graph,
  network: Network,
  batchSize: number,
  frozen: number,
  images: Value,
  parameters: ReadonlyMap<string, LayerParameters>,
): { output: Value; tape: TapeEntry[] } {
  const tape: TapeEntry[] = [];
  let x = images;
  let dropouts = 0;
  for (const layer of network.layers) {
    const mask =
      layer.spec.type === 'dropout' ? graph.input(dropoutInput(dropouts++), [batchSize, ...layer.output]) : undefined;
    if (layer.n <= frozen) x = layerForward(graph, layer, x, parameters.get(layer.name), mask);
    else {
      const taped = layerForTraining(graph, layer, batchSize, x, parameters.get(layer.name), mask);
      tape.push({ layer, taped });
      x = taped.output;
    }
  }
  return { output: x, tape };
}

function updateLayer(graph: Graph, network: Network, layer: Layer, learningRate: Value, gradients: LayerParameters) {
  for (const kind of ['weight', 'bias'] as const) {
    const parameter = network.parameters.find(({ name }) => name === `${layer.name}.${kind}`)!;
    update(graph, network, layer.spec as WeightLayerSpec, parameter, learningRate, gradients[kind]);
  }
}

/** g = gradient + decay w; v <- momentum v + rate g; w <- w - v (engine.ts). Factors of 0 and 1 make no nodes. */
function update(
  graph: Graph,
  network: Network,
  spec: WeightLayerSpec,
  { name, kind, shape }: Parameter,
  learningRate: Value,
  gradient: Value,
): void {
  const { momentum, weightDecay } = network.spec.training;
  const multipliers = spec.multipliers[kind];
  const scaled = (x: Value, factor: number) => (factor === 1 ? x : graph.node('Mul', [x, graph.constant(factor)]));
  const decay = weightDecay * multipliers.decay;
  const g = decay === 0 ? gradient : graph.node('Add', [gradient, scaled(name, decay)]);
  const v = graph.input(momentumOf(name), shape);
  const change = graph.node('Mul', [g, scaled(learningRate, multipliers.learningRate)]);
  const nextV = graph.node('Add', [scaled(v, momentum), change]);
  graph.output(next(v), nextV, shape);
  graph.output(next(name), graph.node('Sub', [name, nextV]), shape);
}
