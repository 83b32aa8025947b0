import type { Tensor } from '@tensorflow/tfjs-core';
import { volume } from '../../network/layers/layer.ts';
import type { Parameter, Shape } from '../../network/network.ts';
import type { Tensor as PlainTensor } from '../../network/weights.ts';
import type { Tf } from './backend.ts';
import { fromPlain } from './layers/layer.ts';

// Convolution weights are [filters, channels, rows, columns] in the program, and [rows, columns, channels, filters] in
// TensorFlow; images' values are in layers/layer.ts. All other parameters are the same in both.

/** Values [N, ...shape] of the program as a tensor. */
export function valuesIn(tf: Tf, data: Float32Array, shape: Shape): Tensor {
  return tf.tidy(() => fromPlain(tf, tf.tensor(data, [data.length / volume(shape), ...shape]), shape));
}

type Kind = Pick<Parameter, 'role' | 'shape'>;
const isKernel = ({ role, shape }: Kind): boolean => role === 'weight' && shape.length === 4;

/** A parameter as a tensor with storage of its own: later changes of `data` don't reach it. */
export function parameterIn(tf: Tf, { data }: PlainTensor, parameter: Kind): Tensor {
  const tensor = () => tf.tensor(data.slice(), [...parameter.shape]);
  return isKernel(parameter) ? tf.tidy(() => tf.transpose(tensor(), [2, 3, 1, 0])) : tensor();
}

/** A copy of a tensor as a parameter in the program's layout. */
export async function parameterOut(tf: Tf, tensor: Tensor, parameter: Kind): Promise<PlainTensor> {
  const { shape } = parameter;
  if (!isKernel(parameter)) return { shape, data: Float32Array.from(await tensor.data()) };
  const transposed = tf.transpose(tensor, [3, 2, 0, 1]);
  const data = Float32Array.from(await transposed.data());
  transposed.dispose();
  return { shape, data };
}
