import { distanceRows, parts } from '../../../network/layers/token-windows.ts';
import { spread, type LayerFunction } from './layer.ts';

/** x[h, i, j] + T[distance of i and j, h] (Liu et al. 2021, equation 4). */
export const relativePosition: LayerFunction<'relative-position'> = (
  tf,
  { spec, input },
  { inputs: [x], parameter },
) => {
  const ofPairs = tf.gather(parameter('table'), tf.tensor1d(distanceRows(spec), 'int32'));
  const shape = input.map((size, axis) => (axis < input.length - 3 ? 1 : size));
  return tf.add(x, spread(tf, tf.transpose(ofPairs), shape));
};

/** 100 less for tokens of a window that are of different parts of the image (Liu et al. 2021, figure 4). */
export const windowMask: LayerFunction<'window-mask'> = (tf, { spec, input }, { inputs: [x] }) => {
  const [windows, , tokens] = input;
  const all = tf.tensor2d(parts(spec, input), [windows, tokens], 'int32');
  const isApart = tf.notEqual(tf.expandDims(all, 2), tf.expandDims(all, 1));
  return tf.sub(x, tf.mul(tf.cast(tf.reshape(isApart, [1, windows, 1, tokens, tokens]), 'float32'), 100));
};
