import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { normalisedAxis } from '../../../network/layers/normalisation.ts';
import type { Tf } from '../backend.ts';
import { fromPlain, sideOf, spread, toPlain, type LayerFunction } from './layer.ts';

/** TensorFlow's alpha is per channel of the window, Caffe's is divided by the window's size. */
export const lrn: LayerFunction<'lrn'> = (tf, { spec }, { inputs: [x] }) =>
  tf.localResponseNormalization(x as Tensor4D, (spec.size - 1) / 2, spec.k, spec.alpha / spec.size, spec.beta);

/** Mean and mean squared difference over some sides, which remain with 1. */
function momentsOver(tf: Tf, x: Tensor, sides: number[]): { mean: Tensor; variance: Tensor } {
  const mean = tf.mean(x, sides, true);
  return { mean, variance: tf.mean(tf.square(tf.sub(x, mean)), sides, true) };
}

/** (x - mean) / sqrt(variance + epsilon) */
const standardised = (tf: Tf, x: Tensor, { mean, variance }: { mean: Tensor; variance: Tensor }, epsilon: number) =>
  tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));

/**
 * Over the images and pixels of each channel, which is the last side (Ioffe and Szegedy 2015, algorithm 1). Running
 * statistics go so far as `momentum` to those of the batch; of its variance to the unbiased one (PyTorch's BatchNorm2d).
 */
export const batchNorm: LayerFunction<'batch-norm'> = (tf, { spec }, { inputs: [x], parameter, follow }) => {
  const { epsilon, momentum } = spec;
  const running = { mean: parameter('runningMean'), variance: parameter('runningVariance') };
  const moments = follow ? momentsOver(tf, x, [0, 1, 2]) : running;
  if (follow) {
    const count = x.size / x.shape[3]!;
    const unbiased = tf.mul(moments.variance, count / Math.max(1, count - 1));
    const step = (from: Tensor, to: Tensor) => tf.add(from, tf.mul(tf.sub(tf.reshape(to, from.shape), from), momentum));
    follow('runningMean', step(running.mean, moments.mean));
    follow('runningVariance', step(running.variance, unbiased));
  }
  return tf.add(tf.mul(standardised(tf, x, moments, epsilon), parameter('weight')), parameter('bias'));
};

/** Over one axis of each image's value (Ba et al. 2016, equation 3). */
export const layerNorm: LayerFunction<'layer-norm'> = (tf, { spec, input }, { inputs: [x], parameter }) => {
  const axis = normalisedAxis(spec, input);
  const shape = input.map((size, each) => (each === axis ? size : 1));
  const h = standardised(tf, x, momentsOver(tf, x, [sideOf(input, axis)]), spec.epsilon);
  return tf.add(tf.mul(h, spread(tf, parameter('weight'), shape)), spread(tf, parameter('bias'), shape));
};

/** Over a group of channels and all that they have (Wu and He 2018, equation 7). */
export const groupNorm: LayerFunction<'group-norm'> = (tf, { spec, input }, { inputs: [x], parameter }) => {
  const groups = tf.reshape(toPlain(tf, x, input), [x.shape[0], spec.groups, -1]);
  const h = tf.reshape(standardised(tf, groups, momentsOver(tf, groups, [2]), spec.epsilon), [-1, ...input]);
  const shape = input.map((size, axis) => (axis === 0 ? size : 1));
  const affine = (role: 'weight' | 'bias') => tf.reshape(parameter(role), [1, ...shape]);
  return fromPlain(tf, tf.add(tf.mul(h, affine('weight')), affine('bias')), input);
};
