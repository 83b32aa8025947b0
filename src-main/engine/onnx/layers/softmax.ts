import { asImages } from '../standard/graph.ts';
import type { LayerKind, LayerOf } from './layer.ts';

/** Of the values with their images as the first side; negative ones count from the end. */
const axisOf = ({ spec: { axis } }: LayerOf<'softmax'>): number => (axis < 0 ? axis : axis + 1);

/** y = e^x / sum of e^x over the axis; dx = y (dy - sum of dy y), as in Bridle 1990. */
export const softmax: LayerKind<'softmax'> = {
  batchFirst: (graph, layer, { inputs: [x] }) => {
    const axis = axisOf(layer);
    const y = graph.node('Softmax', [x], { axis });
    return {
      y,
      backward: (dy) => {
        const sum = graph.node('ReduceSum', [graph.node('Mul', [dy, y]), graph.integers(axis)], { keepdims: 1 });
        return { inputs: [graph.node('Mul', [y, graph.node('Sub', [dy, sum])])] };
      },
    };
  },
  standard: (graph, layer, name, [x], output) => {
    const value = graph.node(name, 'Softmax', [asImages(graph, name, x)], { axis: axisOf(layer) }, output);
    return { value, flat: false };
  },
};
