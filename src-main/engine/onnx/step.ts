import { adapterNames } from '../../network/variants.ts';
import { parameterNamed, type Layer, type Network, type Parameter } from '../../network/network.ts';
import type { WeightLayerSpec } from '../../network/spec.ts';
import { commonInputs, dropoutMaskOf, outputResult, stretch } from './forward.ts';
import { Graph, type Value } from './graph.ts';
import { LABELS, LEARNING_RATE, momentumOf, next } from './inputs.ts';
import { adapterGradients } from './layers/adapter.ts';
import type { LayerParameters, LayerValue, Learning } from './layers/layer.ts';
import { batchLastLayout, type Layout } from './layouts.ts';

/**
 * One SGD step as a graph: forward through all layers, back down to layer frozen + 1, update of what learns. Layers
 * 1..frozen are forward only: they have no gradient, no momentum and no nodes for them; dropout among them stays on, as
 * in Caffe. Inputs: images, labels, learning rate, dropout masks, weights, momentum; outputs: loss, correct, and the
 * next weights and momentum. Layers 1..from, `from` at most `frozen`, are left to a prefix: neither they nor the images
 * are in the graph, which begins with the prefix's output.
 */
export function stepGraph(
  network: Network,
  batch: number,
  frozen: number,
  layout: Layout = batchLastLayout,
  from = 0,
): Graph {
  const graph = new Graph();
  const { softmaxCrossEntropy } = layout;
  const { y, tape } = forward(graph, network, batch, frozen, layout, from);
  const labels = graph.input(LABELS, [batch, 1], 'int32');
  const logits = graph.reshape(y, network.classes, batch);
  const result = softmaxCrossEntropy.forward(graph, logits, labels, network.classes);
  outputResult(graph, result);
  if (tape.length === 0) return graph;

  const learningRate = graph.input(LEARNING_RATE, []);
  // All gradients are linear in this one: multiplied here, the learning rate costs no pass over each of them.
  const dLogits = graph.node('Mul', [softmaxCrossEntropy.backward(graph, batch, result), learningRate]);
  let dy = graph.reshape(dLogits, network.classes, 1, 1, batch);
  for (const [index, { layer, value }] of [...tape.entries()].reverse()) {
    const gradients = value.backward(dy, index > 0, learningOf(network, layer));
    if (gradients.parameters) updateLayer(graph, network, layer, learningRate, gradients.parameters);
    if (gradients.x !== undefined) dy = gradients.x;
  }
  return graph;
}

interface TapeEntry {
  readonly layer: Layer;
  readonly value: LayerValue;
}

/** The forward pass through all layers above `from`, with a tape of those above `frozen`. */
function forward(
  graph: Graph,
  network: Network,
  batch: number,
  frozen: number,
  layout: Layout,
  from: number,
): { y: Value; tape: TapeEntry[] } {
  const { images, parameters } = commonInputs(graph, network, batch, layout, { from });
  const tape: TapeEntry[] = [];
  let x = images;
  for (const layer of stretch(network, from)) {
    const dropoutMask = dropoutMaskOf(graph, network, batch, layout, layer);
    const value = layout.layerValue(graph, layer, { x, batch, parameters: parameters.get(layer.name), dropoutMask });
    if (layer.n > frozen) tape.push({ layer, value });
    x = value.y;
  }
  return { y: x, tape };
}

/** Which gradients the update needs: an adapter's is computed from its layer's weight's. */
function learningOf(network: Network, { name, adapterRank }: Layer): Learning {
  const kept = (kind: string) => network.parameters.find((parameter) => parameter.name === `${name}.${kind}`)?.kept;
  return { weight: adapterRank !== undefined || !kept('weight'), bias: !kept('bias') };
}

function updateLayer(
  graph: Graph,
  network: Network,
  layer: Layer,
  learningRate: Value,
  { weight, bias }: Partial<LayerParameters>,
): void {
  const apply = (name: string, gradient: Value | undefined) => {
    if (gradient === undefined) return;
    update(graph, network, layer.spec as WeightLayerSpec, parameterNamed(network, name), learningRate, gradient);
  };
  if (layer.adapterRank === undefined) apply(`${layer.name}.weight`, weight);
  else {
    const [names, gradients] = [adapterNames(layer), adapterGradients(graph, layer, weight!)];
    apply(names.a, gradients.a);
    apply(names.b, gradients.b);
  }
  apply(`${layer.name}.bias`, bias);
}

/**
 * v <- momentum v + rate (gradient + decay w); w <- w - v (engine.ts), given a gradient times the learning rate. Factors of
 * 0 and 1 make no nodes.
 */
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
  const v = graph.input(momentumOf(name), shape);
  const moved = graph.node('Add', [scaled(v, momentum), scaled(gradient, multipliers.learningRate)]);
  const decay = weightDecay * multipliers.decay * multipliers.learningRate;
  const decayed =
    decay === 0 ? moved : graph.node('Add', [moved, graph.node('Mul', [name, scaled(learningRate, decay)])]);
  const nextV = graph.output(next(v), decayed, shape);
  graph.output(next(name), graph.node('Sub', [name, nextV]), shape);
}
