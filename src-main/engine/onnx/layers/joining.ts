import type { Shape } from '../../../network/network.ts';
import { asImages, type StandardGraph, type StandardValue } from '../standard/graph.ts';
import type { Graph, Value } from '../graph.ts';
import { plus } from './images-in-blocks.ts';
import type { LayerForm, LayerKind } from './layer.ts';

/** The sum of dy over the sides along which an input was repeated; images, the first side, are not counted. */
function summedTo(graph: Graph, dy: Value, input: Shape, output: Shape): Value {
  const repeated = output.flatMap((size, side) => (input[side] === size ? [] : [side + 1]));
  return repeated.length === 0 ? dy : graph.node('ReduceSum', [dy, graph.integers(...repeated)], { keepdims: 1 });
}

/** y = a + b + ..., and each input's gradient is dy, summed up where it was repeated. */
const addForm: LayerForm<'add'> = (graph, layer, { inputs }) => ({
  y: inputs.reduce((sum, value) => graph.node('Add', [sum, value])),
  backward: (dy, needs) => ({
    inputs: layer.inputs.map((shape, place) => (needs[place] ? summedTo(graph, dy, shape, layer.output) : undefined)),
  }),
});

/** y = a b ..., and each input's gradient is dy times the others, summed up where it was repeated. */
const multiplyForm: LayerForm<'multiply'> = (graph, layer, { inputs }) => ({
  y: inputs.reduce((product, value) => graph.node('Mul', [product, value])),
  backward: (dy, needs) => ({
    inputs: layer.inputs.map((shape, place) => {
      if (!needs[place]) return undefined;
      const product = inputs.toSpliced(place, 1).reduce((sum, value) => graph.node('Mul', [sum, value]), dy);
      return summedTo(graph, product, shape, layer.output);
    }),
  }),
});

/** The standard's operators on two values each. */
const standardOf =
  (operator: 'Add' | 'Mul') =>
  (graph: StandardGraph, _layer: unknown, name: string, xs: readonly StandardValue[], output?: string) => {
    const values = xs.map((x, place) => asImages(graph, `${name}.${place}`, x));
    const value = values.reduce((left, right, place) => {
      const last = place === values.length - 1;
      return graph.node(last ? name : `${name}.${place}`, operator, [left, right], {}, last ? output : undefined);
    });
    return { value, flat: false };
  };

export const add: LayerKind<'add'> = {
  batchFirst: addForm,
  // Of values of the same shape.
  inBlocks:
    () =>
    (graph, _layer, { inputs, alone }) => {
      // Into the last one that can take it.
      const into = inputs.findLastIndex((_, place) => alone?.[place]);
      const [first, ...others] = into < 0 ? inputs : [inputs[into], ...inputs.toSpliced(into, 1)];
      const [last, ...before] = others.toReversed();
      const sum = before.reduce((sum, value) => graph.node('Add', [sum, value]), last);
      return {
        y: plus(graph, first, sum),
        backward: (dy, needs) => ({ inputs: needs.map((needed) => (needed ? dy : undefined)) }),
      };
    },
  standard: standardOf('Add'),
};
export const multiply: LayerKind<'multiply'> = { batchFirst: multiplyForm, standard: standardOf('Mul') };

/** Values one after the other along an axis; the gradient is taken apart again. */
export const concat: LayerKind<'concat'> = {
  batchFirst: (graph, layer, { inputs }) => {
    const axis = layer.spec.axis + 1;
    return {
      y: graph.node('Concat', inputs, { axis }),
      backward: (dy, needs) => {
        let start = 0;
        return {
          inputs: layer.inputs.map((shape, place) => {
            const begin = start;
            start += shape[layer.spec.axis];
            return needs[place] ? graph.slice(dy, [axis], [begin], [start]) : undefined;
          }),
        };
      },
    };
  },
  standard: (graph, { spec }, name, xs, output) => {
    const values = xs.map((x, place) => asImages(graph, `${name}.${place}`, x));
    return { value: graph.node(name, 'Concat', values, { axis: spec.axis + 1 }, output), flat: false };
  },
};
