import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '../../network/network.ts';
import type { Tensor as PlainTensor } from '../../network/weights.ts';
import type { Tf } from './backend.ts';

/**
 * The border between the program's layouts and TensorFlow's. Outside: images [N, channels, rows, columns], conv weights
 * [filters, channels, rows, columns]. Inside: images [N, rows, columns, channels], conv weights [rows, columns,
 * channels, filters]. Dense weights and biases are the same on both sides.
 */

/** [N, ...shape], channels first -> [N, rows, columns, channels]. */
export function imagesIn(tf: Tf, data: Float32Array, [channels, rows, columns]: Shape): Tensor4D {
  const count = data.length / (channels * rows * columns);
  return tf.tidy(() => tf.transpose(tf.tensor4d(data, [count, channels, rows, columns]), [0, 2, 3, 1]));
}

/** A tensor with storage of its own: later changes of `data` don't reach it. */
export function parameterIn(tf: Tf, { data, shape }: PlainTensor): Tensor {
  const copy = data.slice();
  if (shape.length !== 4) return tf.tensor(copy, [...shape]);
  return tf.tidy(() => tf.transpose(tf.tensor(copy, [...shape]), [2, 3, 1, 0]));
}

/** The way back, again a copy. `shape`: of the outside. */
export async function parameterOut(tf: Tf, tensor: Tensor, shape: readonly number[]): Promise<PlainTensor> {
  if (shape.length !== 4) return { shape, data: Float32Array.from(await tensor.data()) };
  const transposed = tf.transpose(tensor, [3, 2, 0, 1]);
  const data = Float32Array.from(await transposed.data());
  transposed.dispose();
  return { shape, data };
}
