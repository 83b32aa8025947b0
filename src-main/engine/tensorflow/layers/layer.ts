import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ParameterRole } from '../../../network/layers/layer.ts';
import type { LayerSpec, LayerType } from '../../../network/layers/layers.ts';
import type { Layer, Shape } from '../../../network/network.ts';
import type { Tf } from '../backend.ts';

/**
 * A kind of layer, written in the API of TensorFlow.js from its formula, which differentiates it. In TensorFlow's memory an
 * image's value [channels, rows, columns] is [N, rows, columns, channels], and any other [N, ...shape].
 */
export type LayerFunction<Type extends LayerType> = (tf: Tf, layer: LayerOf<Type>, inputs: LayerInputs) => Tensor;

export type LayerOf<Type extends LayerType> = Layer & { readonly spec: Extract<LayerSpec, { type: Type }> };

export interface LayerInputs {
  /** The values that the layer reads. */
  readonly inputs: readonly Tensor[];
  /** A parameter of the layer, in TensorFlow's layout (`parameterIn`). */
  readonly parameter: (role: ParameterRole) => Tensor;
  /** A parameter by its full name: an adapter's. */
  readonly named: (name: string) => Tensor;
  /** What a layer with a mask multiplies its input with; absent: no dropout. */
  readonly mask?: Tensor;
  /** Takes running statistics after this step. Absent: batch norm takes the running ones, which stay. */
  readonly follow?: (role: ParameterRole, value: Tensor) => void;
}

const isImage = (shape: Shape): boolean => shape.length === 3;

/** Where an axis of an image's value, 0-based, stands in TensorFlow's memory. */
export function sideOf(shape: Shape, axis: number): number {
  if (!isImage(shape)) return axis + 1;
  return axis === 0 ? 3 : axis;
}

/** The sides of N images' values in TensorFlow's memory. */
export function sidesIn(shape: Shape, images: number): number[] {
  if (!isImage(shape)) return [images, ...shape];
  const [channels, rows, columns] = shape;
  return [images, rows, columns, channels];
}

/** From the program's order, [N, ...shape], to TensorFlow's and back. */
export const fromPlain = (tf: Tf, x: Tensor, shape: Shape): Tensor =>
  isImage(shape) ? tf.transpose(x, [0, 2, 3, 1]) : x;
export const toPlain = (tf: Tf, x: Tensor, shape: Shape): Tensor =>
  isImage(shape) ? tf.transpose(x, [0, 3, 1, 2]) : x;

/** A vector, or what else a parameter is, with the sides of one image's value, so that it is repeated along those of 1. */
export const spread = (tf: Tf, parameter: Tensor, shape: Shape): Tensor =>
  fromPlain(tf, tf.reshape(parameter, [1, ...shape]), shape);

/** A value with something before and after one of its sides. */
export function padSide(tf: Tf, x: Tensor, side: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  return tf.pad(
    x,
    x.shape.map((_, each) => (each === side ? [before, after] : [0, 0])),
  );
}

/** Rows and columns of images with something on each side. */
export function padImages(
  tf: Tf,
  x: Tensor4D,
  { top, bottom, left, right }: { top: number; bottom: number; left: number; right: number },
  value: number,
): Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return tf.pad4d(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}
