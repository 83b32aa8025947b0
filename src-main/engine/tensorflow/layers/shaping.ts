import { sliceOf } from '../../../network/layers/shaping.ts';
import { fromPlain, padSide, sideOf, toPlain, type LayerFunction } from './layer.ts';

export const reshape: LayerFunction<'reshape'> = (tf, { input, output }, { inputs: [x] }) =>
  fromPlain(tf, tf.reshape(toPlain(tf, x, input), [-1, ...output]), output);

export const transpose: LayerFunction<'transpose'> = (tf, { spec: { order }, input, output }, { inputs: [x] }) => {
  const turned = tf.transpose(toPlain(tf, x, input), [0, ...order.map((axis) => axis + 1)]);
  return fromPlain(tf, turned, output);
};

/** Every so manieth place by their numbers, as TensorFlow.js has no gradient of slices with steps. */
export const slice: LayerFunction<'slice'> = (tf, { spec, input, output }, { inputs: [x] }) => {
  const { axis, step = 1 } = spec;
  const { start } = sliceOf(spec, input);
  const [side, size] = [sideOf(input, axis), output[axis]];
  const places = Array.from({ length: size }, (_, place) => start + place * step);
  if (step > 1) return tf.gather(x, tf.tensor1d(places, 'int32'), side);
  const [from, sizes] = [x.shape.map(() => 0).with(side, start), x.shape.with(side, size)];
  return tf.slice(x, from, sizes);
};

export const zeroChannels: LayerFunction<'zero-channels'> = (tf, { spec, input }, { inputs: [x] }) =>
  padSide(tf, x, sideOf(input, 0), spec.before, spec.after);
