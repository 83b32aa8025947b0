import type { Tensor4D } from '@tensorflow/tfjs-core';
import { sidesOf, type Sides } from '../../../network/layers/windows.ts';
import type { Tf } from '../backend.ts';
import { padImages, type LayerFunction, type LayerOf } from './layer.ts';

/** The value of padding in max-pooling: the lowest float32, as some kernels turn -Infinity to NaN. */
const LOWEST = -3.4028234663852886e38;

/**
 * Maximum: the first one of a window in row-major order gets the gradient, as in Caffe and in TensorFlow's CPU kernel.
 * Average: the sum over a window divided by its pixels in the image, or, with padding counted, in the padded image.
 */
export const pooling: LayerFunction<'pool'> = (tf, layer, { inputs: [input] }) => {
  const { mode, kernel, stride, countPadding } = layer.spec;
  const x = input as Tensor4D;
  const { inside, beyond } = paddingOf(layer);
  if (mode === 'max')
    return tf.maxPool(padImages(tf, padImages(tf, x, inside, LOWEST), beyond, LOWEST), kernel, stride, 'valid');
  const average = (image: Tensor4D, counted: number) =>
    tf.avgPool(padImages(tf, padImages(tf, image, inside, counted), beyond, 0), kernel, stride, 'valid');
  const y = average(x, 0);
  if ([inside, beyond].every(isNone)) return y;
  const [, rows, columns] = x.shape;
  return tf.div(y, average(tf.ones([1, rows, columns, 1]), countPadding ? 1 : 0));
};

const isNone = ({ top, left, bottom, right }: Sides): boolean => top + left + bottom + right === 0;

/** The layer's padding, and what its last windows reach beyond that where their number is rounded up. */
function paddingOf({ spec, input, output }: LayerOf<'pool'>): { inside: Sides; beyond: Sides } {
  const { kernel, stride, pad } = spec;
  const inside = sidesOf(pad);
  const missing = (axis: number, padding: number) =>
    Math.max(0, (output[axis] - 1) * stride + kernel - input[axis] - padding);
  const beyond = {
    top: 0,
    left: 0,
    bottom: missing(1, inside.top + inside.bottom),
    right: missing(2, inside.left + inside.right),
  };
  return { inside, beyond };
}

/** The mean of each channel (Lin et al. 2014, section 3.2). */
export const globalPooling: LayerFunction<'global-pool'> = (tf: Tf, _layer, { inputs: [x] }) =>
  tf.mean(x, [1, 2], true);
