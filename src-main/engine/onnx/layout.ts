import type { Layer, Shape } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import type { LayerInputs, LayerValue } from './layers/layer.ts';
import type { softmaxCrossEntropy } from './layers/softmax-cross-entropy.ts';

/** How values between layers are laid out, and the layers in that form. */
export interface Layout {
  /** What layers read, of images [N, 3, rows, columns]. */
  images(graph: Graph, images: Value, shape: Shape): Value;
  /** The shape of a layer's output, for graphs that take it over from another. */
  shape(layer: Layer, batch: number | 'N'): (number | 'N')[];
  /** What a dropout layer reads, of a mask [N, ...shape of the mask]. */
  mask(graph: Graph, mask: Value, layer: Layer, shape: Shape): Value;
  /** Adds a layer's forward pass; its gradients only when `backward` is called. */
  layerValue(graph: Graph, layer: Layer, inputs: LayerInputs): LayerValue;
  /** [classes, N] of the last layer's output. @param batch -1: any number of images */
  logits(graph: Graph, y: Value, classes: number, batch: number): Value;
  /** The gradient of the last layer's output, of that of the logits. */
  fromLogits(graph: Graph, dLogits: Value, classes: number, batch: number): Value;
  /** A layer's output as images [N, ...shape], and such images as the gradient of one. */
  plain(graph: Graph, value: Value, layer: Layer): Value;
  fromPlain(graph: Graph, images: Value, layer: Layer): Value;
  /** The gradient of images as [N, 3, rows, columns]. */
  plainImages(graph: Graph, gradient: Value, shape: Shape): Value;
  /** Whether graphs are for a graphics card. */
  readonly isOnCard?: boolean;
  /** Of blocked images, where the processor has kernels for them. */
  readonly block?: number;
  readonly softmaxCrossEntropy: typeof softmaxCrossEntropy;
}
