import { fromPlain, toPlain, type LayerFunction } from './layer.ts';

/** y = x W' + b, of all values of an image in the order channel, row, column, or of those along the last axis. */
export const dense: LayerFunction<'dense'> = (tf, { spec, input, output }, { inputs: [x], parameter }) => {
  const weight = parameter('weight');
  const [, inputs] = weight.shape;
  const rows = tf.reshape(toPlain(tf, x, input), [-1, inputs]);
  const product = tf.matMul(rows, weight, false, true);
  const y = spec.bias === false ? product : tf.add(product, parameter('bias'));
  return fromPlain(tf, tf.reshape(y, [-1, ...output]), output);
};
