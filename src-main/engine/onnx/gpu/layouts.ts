import type { Graph, Value } from '../graph.ts';

/** [channels, rows, columns, N] as ONNX's operators on images want it: [N, channels, rows, columns]. */
export const imagesFirst = (graph: Graph, x: Value): Value => graph.transpose(x, 3, 0, 1, 2);
export const imagesLast = (graph: Graph, x: Value): Value => graph.transpose(x, 1, 2, 3, 0);

/**
 * [channels, rows, columns, N] as [channels, N, rows, columns], for what treats every plane alike. onnxruntime's kernels
 * for graphics cards read images channels last: with the N images as their channels, values need not be moved at all.
 */
export const planes = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 3, 1, 2);
export const planesBack = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 2, 3, 1);
