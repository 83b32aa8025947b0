import { tableShape } from '../../../network/layers/table.ts';
import { sideOf, sidesIn, spread, type LayerFunction } from './layer.ts';

/** x + T, x T, or T before x along its first axis, with the same table T for every image. */
export const table: LayerFunction<'table'> = (tf, { spec, input }, { inputs: [x], parameter }) => {
  const shape = tableShape(spec, input);
  const own = spread(tf, parameter('table'), shape);
  switch (spec.mode) {
    case 'add':
      return tf.add(x, own);
    case 'multiply':
      return tf.mul(x, own);
    case 'join': {
      // Once for each image: TensorFlow.js has no gradient of repeating values of any number of sides.
      const ofImages = tf.add(tf.zeros(sidesIn(shape, x.shape[0])), own);
      return tf.concat([ofImages, x], sideOf(input, 0));
    }
  }
};
