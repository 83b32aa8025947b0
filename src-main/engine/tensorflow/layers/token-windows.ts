import { distanceRows, parts } from '../../../network/layers/token-windows.ts';
import { fromPlain, toPlain, type LayerFunction } from './layer.ts';

/** x plus the row of the table for each pair of tokens (Liu et al. 2021, equation 4). */
export const relativePosition: LayerFunction<'relative-position'> = (
  tf,
  { spec, input },
  { inputs: [x], parameter },
) => {
  const [heads, tokens] = input.slice(-3);
  const pairs = tf.gather(parameter('table'), tf.tensor1d(distanceRows(spec), 'int32'));
  const bias = tf.reshape(tf.transpose(pairs, [1, 0]), [heads, tokens, tokens]);
  return fromPlain(tf, tf.add(toPlain(tf, x, input), bias), input);
};

/** x less 100 for tokens of different parts of the rolled image (Liu et al. 2021, figure 4). */
export const windowMask: LayerFunction<'window-mask'> = (tf, { spec, input }, { inputs: [x] }) => {
  const [windows, , tokens] = input;
  const all = tf.tensor1d(parts(spec, input), 'int32');
  const isApart = tf.notEqual(tf.reshape(all, [windows, 1, tokens, 1]), tf.reshape(all, [windows, 1, 1, tokens]));
  return tf.sub(x, tf.mul(tf.cast(isApart, 'float32'), 100));
};
