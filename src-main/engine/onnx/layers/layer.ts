import type { ParameterRole } from '../../../network/layers/layer.ts';
import type { LayerSpec, LayerType } from '../../../network/layers/layers.ts';
import type { Layer, Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import type { StandardGraph, StandardValue } from '../standard/graph.ts';

/**
 * A kind of layer: one file of this folder with its forward pass, the derivation of its gradients and its source. Each layout
 * of the values between layers has a form of it; `batchLast` also serves the layouts that have none of their own.
 */
export interface LayerKind<Type extends LayerType> {
  /** Values are [N, ...shape of the layer], in networks of any kind. */
  readonly batchFirst: LayerForm<Type>;
  /** Values are [channels, rows, columns, N]; absent: only in `chain` networks of other kinds. */
  readonly batchLast?: LayerForm<Type>;
  /** Values are blocked images (`Blocked`). */
  readonly blocked?: (block: number) => LayerForm<Type>;
  /** Values are blocked images, in networks of any kind (graph-layout.ts). */
  readonly inBlocks?: (block: number) => LayerForm<Type>;
  /** As `batchLast`, of operators that onnxruntime's providers for graphics cards have kernels for. */
  readonly card?: LayerForm<Type>;
  /** As `batchFirst`, of such operators. */
  readonly cardFirst?: LayerForm<Type>;
  /** The layer as an operator of the ONNX standard, for other programs (standard/model.ts). */
  readonly standard: StandardForm<Type>;
}

export type LayerOf<Type extends LayerType> = Layer & { readonly spec: Extract<LayerSpec, { type: Type }> };

/** Adds a layer's forward pass to the graph; its gradients only when `backward` of the result is called. */
export type LayerForm<Type extends LayerType> = (graph: Graph, layer: LayerOf<Type>, inputs: LayerInputs) => LayerValue;

/**
 * Adds a layer under a name of its own; its parameters are constants of the graph already, named as in checkpoints.
 *
 * @param output name of the layer's output; absent: derived from the layer's name
 */
type StandardForm<Type extends LayerType> = (
  graph: StandardGraph,
  layer: LayerOf<Type>,
  name: string,
  xs: readonly StandardValue[],
  output?: string,
) => StandardValue;

export interface LayerInputs {
  /** The values that the layer reads; none of a layer without `sources`. */
  readonly inputs: readonly Value[];
  /** Number of images; in an evaluation, whose batches vary in size, the expected number. */
  readonly batch: number;
  readonly parameters?: LayerParameters;
  /** Whether nothing else reads an input, so that what makes it may be changed. */
  readonly alone?: readonly boolean[];
  /** Whether what makes the input takes a gradient that is yet to be multiplied (`LayerGradients.factor`). */
  readonly takesFactor?: boolean;
  /** 0 or 1 / (1 - rate) of a layer with a mask, in the layout of its input; absent: no dropout. */
  readonly mask?: Value;
  /** Whether batch norm takes the statistics of this batch, and running ones follow; absent: it takes the running ones. */
  readonly ofBatch?: boolean;
  /** Whether nothing asks for gradients: what makes an input may be computed with the layer. */
  readonly fixed?: boolean;
}

/** Parameters of a layer by what they are to it. */
export type LayerParameters = Readonly<Partial<Record<ParameterRole, Value>>>;

/** A layer's output y, and what adds its gradients to the graph, given dy. */
export interface LayerValue {
  readonly y: Value;
  /**
   * @param needs which inputs need a gradient; @param learns which parameters do
   * @param factor [channels], which dy is yet to be multiplied with; absent: none
   */
  readonly backward: (dy: Value, needs: readonly boolean[], learns?: Learns, factor?: Value) => LayerGradients;
  /** Running statistics after this step, where it changes them. */
  readonly statistics?: LayerParameters;
}

interface LayerGradients {
  /** One for each input that needs it. */
  readonly inputs: readonly (Value | undefined)[];
  /** Of the parameters that learn. */
  readonly parameters?: LayerParameters;
  /** [channels], which the input's gradient is yet to be multiplied with. */
  readonly factor?: Value;
}

/** Whether a parameter of a layer needs a gradient. */
export type Learns = (role: ParameterRole) => boolean;

export const ALL: Learns = () => true;

/**
 * Turns images [N, channels, rows, columns] into the batch-last layout, [channels, rows, columns, N]: windows that slide
 * over rows and columns then move whole runs of N numbers, and sums over channels are single matrix products.
 */
export function batchLast(graph: Graph, x: Value, shape: Shape): Value {
  const [channels, rows, columns] = shape;
  const images = graph.reshape(x, -1, channels * rows * columns);
  return graph.reshape(graph.transpose(images, 1, 0), channels, rows, columns, -1);
}

/** Turns batch-last values into the plain order of the rest of the program, [N, channels, rows, columns]. */
export function batchFirst(graph: Graph, x: Value, shape: Shape): Value {
  const [channels, rows, columns] = shape;
  const images = graph.transpose(graph.reshape(x, channels * rows * columns, -1), 1, 0);
  return graph.reshape(images, -1, channels, rows, columns);
}

/**
 * Turns [channels, rows, columns, N] into [channels, N, rows, columns], for operators that treat every plane alike.
 * onnxruntime's kernels for graphics cards read images channels last: with the N images as their channels, values need not
 * be moved at all.
 */
export const planes = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 3, 1, 2);
export const planesBack = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 2, 3, 1);

/**
 * The blocked layout of onnxruntime's fastest convolutions (domain com.microsoft.nchwc, kernels in MLAS): images are
 * [N, channels / block, rows, columns, block], so that one vector register holds the same pixel of `block` channels. Their
 * shape is still said to be [N, channels, rows, columns]. onnxruntime itself uses it for networks with constant weights
 * only; here weights change with every step, so the graph converts the values itself.
 *
 * Measured (2 cores with AVX-512, one process on each): 100 to 110 GFLOP/s a core, of 117 that the core has; the same
 * convolutions in the batch-last layout: 76 to 95.
 */
export interface Blocked {
  /** Channels that stand together: 16 with AVX-512, 8 with AVX. */
  readonly block: number;
}

/** Turns images [N, channels, rows, columns] into blocked ones. */
export const toBlocked = (graph: Graph, x: Value): Value => graph.blocked('ReorderInput', [x]);

/** Turns blocked images into [N, channels, rows, columns]. */
export const fromBlocked = (graph: Graph, x: Value, channels: number): Value =>
  graph.blocked('ReorderOutput', [x], { channels });

/** Turns [pixels, N, channels] into blocked images [N, channels, rows, columns]. */
export function blockedOfPixels(
  graph: Graph,
  pixels: Value,
  [channels, rows, columns]: readonly [channels: number, rows: number, columns: number],
  block: number,
): Value {
  const apart = graph.reshape(pixels, rows * columns, -1, channels / block, block);
  return graph.reshape(graph.transpose(apart, 1, 2, 0, 3), -1, channels, rows, columns);
}
