import { distanceRows, parts } from '../../../network/layers/token-windows.ts';
import { fromPlain, toPlain, type LayerFunction } from './layer.ts';

/** x + T[distance of both tokens, head]: the rows of the table, gathered for each pair of tokens. */
export const relativePosition: LayerFunction<'relative-position'> = (
  tf,
  { spec, input },
  { inputs: [x], parameter },
) => {
  const [heads, tokens] = input.slice(-3);
  const pairs = tf.gather(parameter('table'), tf.tensor1d(distanceRows(spec), 'int32'));
  const added = tf.reshape(tf.transpose(pairs, [1, 0]), [heads, tokens, tokens]);
  return fromPlain(tf, tf.add(toPlain(tf, x, input), added), input);
};

/** x - 100 where two tokens of a window are of different parts of the image. */
export const windowMask: LayerFunction<'window-mask'> = (tf, { spec, input }, { inputs: [x] }) => {
  const [windows, , tokens] = input;
  const all = parts(spec, input);
  const lost = Array.from({ length: windows }, (_, window) => {
    const own = all.slice(window * tokens, (window + 1) * tokens);
    return [own.map((of) => own.map((other) => (of === other ? 0 : -100)))];
  });
  return tf.add(x, tf.tensor4d(lost));
};
