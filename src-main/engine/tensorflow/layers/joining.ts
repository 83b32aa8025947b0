import { fromPlain, sideOf, toPlain, type LayerFunction } from './layer.ts';

// Sides of 1 are repeated, as TensorFlow does by itself.
export const add: LayerFunction<'add'> = (tf, _layer, { inputs }) => inputs.reduce((sum, x) => tf.add(sum, x));
export const multiply: LayerFunction<'multiply'> = (tf, _layer, { inputs }) =>
  inputs.reduce((product, x) => tf.mul(product, x));

export const concat: LayerFunction<'concat'> = (tf, { spec, output }, { inputs }) =>
  tf.concat([...inputs], sideOf(output, spec.axis));

/** scale a b, or scale a b', stack by stack. */
export const matrixProduct: LayerFunction<'matrix-product'> = (tf, { spec, inputs: shapes, output }, { inputs }) => {
  const [a, b] = inputs.map((x, place) => toPlain(tf, x, shapes[place]));
  return fromPlain(tf, tf.mul(tf.matMul(a, b, false, spec.transposed ?? false), spec.scale), output);
};
