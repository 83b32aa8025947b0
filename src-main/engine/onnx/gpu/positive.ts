import type { Graph, Value } from '../graph.ts';

/** Below 1e-30 the result is between 0 and 1; no larger, so that no product with a value of a network is infinite. */
const STEEP = { alpha: { float: 1e30 }, beta: { float: 0 } };

/**
 * 1 where x > 0, else 0, as max(0, min(1, 1e30 x)). A comparison makes truth values, and onnxruntime moves transposes past
 * them, which the WebGPU provider can't compute.
 */
export const positive = (graph: Graph, x: Value): Value => graph.node('HardSigmoid', [x], STEEP);
