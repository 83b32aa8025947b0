/**
 * Loads the graphs of a built-in network, or of one that engines are held to each other with, on WebGPU, with all that
 * onnxruntime has to say about it on stderr.
 */
import { InferenceSession } from 'onnxruntime-node';
import { evaluationGraph } from '../../src-main/engine/onnx/forward.ts';
import { layoutOnCard } from '../../src-main/engine/onnx/layouts.ts';
import '../../src-main/engine/onnx/session.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import * as GRAPHS from './graph-networks.ts';

const [, , name] = process.argv;
const network = new Map(Object.entries(GRAPHS)).get(name) ?? resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 50);
const layout = layoutOnCard(network);
const adapted = withAdapters(network, 4, 4);
const graphs = [
  stepGraph(network, 32, 0, layout),
  stepGraph(network, 32, 3, layout),
  evaluationGraph(network, 32, layout),
  stepGraph(adapted, 32, 0, layout),
  evaluationGraph(adapted, 32, layout),
];
for (const graph of graphs) {
  const session = await InferenceSession.create(graph.serialise(), {
    executionProviders: ['webgpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 0,
  });
  await session.release();
}
