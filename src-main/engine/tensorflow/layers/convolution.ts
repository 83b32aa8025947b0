import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { sidesOf } from '../../../network/layers/windows.ts';
import { adapterNames } from '../../../network/network.ts';
import { centreOf } from '../../../network/variants.ts';
import type { Tf } from '../backend.ts';
import { padImages, padSide, type LayerFunction, type LayerInputs, type LayerOf } from './layer.ts';

/** Group g of the filters sees group g of the channels (Krizhevsky et al. 2012, section 3.5). */
export const convolution: LayerFunction<'conv'> = (tf, layer, inputs) => {
  const { stride, groups, pad, bias } = layer.spec;
  const x = padImages(tf, inputs.inputs[0] as Tensor4D, sidesOf(pad), 0);
  const filters = apart(tf, layer, adaptedKernel(tf, layer, inputs));
  const y = convolve(tf, x, filters, stride, groups);
  return bias === false ? y : tf.add(y, inputs.parameter('bias'));
};

function convolve(tf: Tf, x: Tensor4D, filters: Tensor4D, stride: number, groups: number): Tensor4D {
  if (groups === 1) return tf.conv2d(x, filters, stride, 'valid');
  const [rows, columns, , all] = filters.shape;
  const [, , , channels] = x.shape;
  if (groups === channels)
    return tf.depthwiseConv2d(x, tf.reshape(filters, [rows, columns, channels, all / channels]), stride, 'valid');
  const channelsOfGroup = tf.split<Tensor4D>(x, groups, 3);
  const filtersOfGroup = tf.split<Tensor4D>(filters, groups, 3);
  return tf.concat(
    channelsOfGroup.map((ofGroup, group) => tf.conv2d(ofGroup, filtersOfGroup[group], stride, 'valid')),
    3,
  );
}

/** W, or W + B A at its centre where there is an adapter (network/variants.ts), [rows, columns, channels, filters]. */
function adaptedKernel(tf: Tf, layer: LayerOf<'conv'>, { parameter, named }: LayerInputs): Tensor4D {
  const weight = parameter('weight') as Tensor4D;
  if (layer.adapterRank === undefined) return weight;
  const { kernel } = layer.spec;
  const names = adapterNames(layer);
  const [a, b] = [named(names.a) as Tensor2D, named(names.b) as Tensor2D];
  const tap: Tensor4D = tf.expandDims(tf.expandDims(tf.matMul(a, b, true, true)));
  const around: [number, number] = [centreOf(kernel), kernel - 1 - centreOf(kernel)];
  return tf.add(weight, tf.pad4d(tap, [around, around, [0, 0], [0, 0]]));
}

/** The kernel with zeros between its taps, as TensorFlow.js has no gradients of convolutions with dilation (Yu and Koltun 2016). */
function apart(tf: Tf, { spec }: LayerOf<'conv'>, filters: Tensor4D): Tensor4D {
  const { kernel, dilation = 1 } = spec;
  if (dilation === 1) return filters;
  const [, , channels, all] = filters.shape;
  const taps: Tensor = tf.reshape(filters, [kernel, 1, kernel, 1, channels * all]);
  const spaced = padSide(tf, padSide(tf, taps, 1, 0, dilation - 1), 3, 0, dilation - 1);
  const whole = tf.reshape(spaced, [kernel * dilation, kernel * dilation, channels, all]);
  const reach = dilation * (kernel - 1) + 1;
  return tf.slice(whole as Tensor4D, [0, 0, 0, 0], [reach, reach, channels, all]);
}
