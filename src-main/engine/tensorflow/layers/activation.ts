import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerType } from '../../../network/layers/layers.ts';
import type { Tf } from '../backend.ts';
import { sideOf, type LayerFunction, type LayerOf } from './layer.ts';

const of =
  <Type extends LayerType>(y: (tf: Tf, x: Tensor, spec: LayerOf<Type>['spec']) => Tensor): LayerFunction<Type> =>
  (tf, { spec }, { inputs: [x] }) =>
    y(tf, x, spec);

export const relu = of<'relu'>((tf, x) => tf.relu(x));
export const sigmoid = of<'sigmoid'>((tf, x) => tf.sigmoid(x));
export const tanh = of<'tanh'>((tf, x) => tf.tanh(x));
/** Ramachandran et al. 2017 */
export const silu = of<'silu'>((tf, x) => tf.mul(x, tf.sigmoid(x)));
/** Maas et al. 2013 */
export const leakyRelu = of<'leaky-relu'>((tf, x, { slope }) => tf.leakyRelu(x, slope));

/**
 * max(least, min(most, x)), made of steps, which are 1 above 0 and else 0: at its ends the gradient is 0, where that of
 * TensorFlow.js's clip is 1.
 */
function clipped(tf: Tf, x: Tensor, least: number, most: number): Tensor {
  const [above, below] = [tf.step(tf.sub(x, least)), tf.step(tf.sub(most, x))];
  const ends = tf.add(tf.mul(tf.sub(1, above), least), tf.mul(tf.sub(1, below), most));
  return tf.add(tf.mul(x, tf.mul(above, below)), ends);
}

export const clip = of<'clip'>((tf, x, { least, most }) => clipped(tf, x, least, most));

/** max(0, min(1, x / 6 + 1 / 2)) and its product with x (Howard et al. 2019, section 5.2) */
const hard = (tf: Tf, x: Tensor) => tf.div(tf.add(clipped(tf, x, -3, 3), 3), 6);
export const hardSigmoid = of<'hard-sigmoid'>(hard);
export const hardSwish = of<'hard-swish'>((tf, x) => tf.mul(x, hard(tf, x)));

/** x times the share of the normal distribution below x, or its approximation by tanh (Hendrycks and Gimpel 2016, section 2) */
export const gelu = of<'gelu'>((tf, x, { form }) => {
  const inner =
    form === 'erf'
      ? tf.erf(tf.div(x, Math.SQRT2))
      : tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI)));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
});

/** e^x / sum of e^x over an axis, with its maximum taken off first, so that large ones don't overflow. */
export const softmax: LayerFunction<'softmax'> = (tf, { spec: { axis }, input }, { inputs: [x] }) => {
  const side = sideOf(input, axis < 0 ? input.length + axis : axis);
  const powers = tf.exp(tf.sub(x, tf.max(x, side, true)));
  return tf.div(powers, tf.sum(powers, side, true));
};
