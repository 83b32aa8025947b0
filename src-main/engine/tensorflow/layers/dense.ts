import type { Tensor } from '@tensorflow/tfjs-core';
import { adapterNames } from '../../../network/network.ts';
import type { Tf } from '../backend.ts';
import { fromPlain, toPlain, type LayerFunction, type LayerInputs, type LayerOf } from './layer.ts';

/** y = x W' + b, of all values of an image in the order channel, row, column, or of those along the last axis. */
export const dense: LayerFunction<'dense'> = (tf, layer, inputs) => {
  const { spec, input, output } = layer;
  const weight = adaptedMatrix(tf, layer, inputs);
  const rows = tf.reshape(toPlain(tf, inputs.inputs[0], input), [-1, weight.shape[1]!]);
  const product = tf.matMul(rows, weight, false, true);
  const y = spec.bias === false ? product : tf.add(product, inputs.parameter('bias'));
  return fromPlain(tf, tf.reshape(y, [-1, ...output]), output);
};

/** W [units, inputs], or W + B A where there is an adapter (network/variants.ts). */
function adaptedMatrix(tf: Tf, layer: LayerOf<'dense'>, { parameter, named }: LayerInputs): Tensor {
  const weight = parameter('weight');
  if (layer.adapterRank === undefined) return weight;
  const { a, b } = adapterNames(layer);
  return tf.add(weight, tf.matMul(named(b), named(a)));
}
