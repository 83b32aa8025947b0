import { adapterNames, parameterName, parameterNamed, type Layer, type Network } from '../../network/network.ts';
import type { ParameterRole } from '../../network/layers/layer.ts';
import { commonInputs, givenInTraining, outputResult, pass } from './forward.ts';
import { Graph, type Value } from './graph.ts';
import { LABELS, LEARNING_RATE, next } from './inputs.ts';
import { adapterGradients } from './layers/adapter.ts';
import type { LayerParameters, LayerValue } from './layers/layer.ts';
import type { Layout } from './layout.ts';
import { plainLayout } from './layouts.ts';
import { Tape } from './tape.ts';
import { Updates } from './update.ts';

/**
 * One step of training as a graph: forward through all layers, back down as far as something learns, update of what learns.
 * Layers 1..frozen are forward only: they have no gradient, no momentum and no nodes for them; dropout among them stays on, as
 * in Caffe. Inputs: images, labels, learning rate, dropout masks, weights, momentum; outputs: loss, correct, and the
 * next weights and momentum. Layers 1..from, `from` at most `frozen`, are left to a prefix: neither they nor the images
 * are in the graph, which begins with the prefix's output.
 */
export function stepGraph(
  network: Network,
  batch: number,
  frozen: number,
  layout: Layout = plainLayout(network),
  from = 0,
): Graph {
  const graph = new Graph();
  const { softmaxCrossEntropy } = layout;
  const { classes, spec } = network;
  const tape = Tape.ofParameters(network, frozen);
  const y = pass(graph, network, layout, commonInputs(graph, network, batch, layout, { from }), {
    from,
    batch,
    given: givenInTraining(graph, network, batch, layout, frozen),
    onValue: (layer, value) => {
      tape.add(layer, value);
      outputStatistics(graph, network, layer, value);
    },
  });
  const labels = graph.input(LABELS, [batch, 1], 'int32');
  const logits = layout.logits(graph, y, classes, batch);
  const smoothing = spec.training.labelSmoothing ?? 0;
  const result = softmaxCrossEntropy.forward(graph, logits, labels, classes, smoothing);
  outputResult(graph, result);
  if (tape.isEmpty) return graph;

  const learningRate = graph.input(LEARNING_RATE, []);
  const updates = new Updates(graph, spec.training, learningRate, !layout.isOnCard, layout.block);
  const dLoss = softmaxCrossEntropy.backward(graph, batch, result, classes, smoothing);
  tape.backward(graph, layout.fromLogits(graph, updates.scaled(dLoss), classes, batch), (layer, gradients) => {
    for (const [name, gradient] of parameterGradients(graph, layer, gradients))
      updates.add(parameterNamed(network, name), gradient);
  });
  updates.finish();
  return graph;
}

/** Gradients by the names of parameters; an adapter's are computed from its layer's weight's. */
function parameterGradients(graph: Graph, layer: Layer, gradients: LayerParameters): [name: string, gradient: Value][] {
  return Object.entries(gradients).flatMap(([key, gradient]): [string, Value][] => {
    if (gradient === undefined) return [];
    const role = key as ParameterRole;
    if (role !== 'weight' || layer.adapterRank === undefined) return [[parameterName(layer.name, role), gradient]];
    const [names, { a, b }] = [adapterNames(layer), adapterGradients(graph, layer, gradient)];
    return [
      [names.a, a],
      [names.b, b],
    ];
  });
}

/** Running statistics after the step. */
function outputStatistics(graph: Graph, network: Network, layer: Layer, { statistics }: LayerValue): void {
  for (const [role, value] of Object.entries(statistics ?? {})) {
    const { name, shape } = parameterNamed(network, parameterName(layer.name, role as ParameterRole));
    graph.output(next(name), value, shape);
  }
}
