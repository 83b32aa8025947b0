import { tableShape } from '../../../network/layers/table.ts';
import { asImages } from '../standard/graph.ts';
import { ALL, type LayerKind } from './layer.ts';

/**
 * A learned table T, the same for all images: y = x + T, y = x T or T joined before x. Its gradient is the sum over images,
 * and over the sides along which T is repeated, of dy, dy x or the part of dy that came from T.
 */
export const table: LayerKind<'table'> = {
  batchFirst: (graph, layer, { inputs: [x], parameters }) => {
    const { spec, input } = layer;
    const shape = tableShape(spec, input);
    const own = graph.reshape(parameters!.table!, 1, ...shape);
    const repeated = input.flatMap((size, side) => (shape[side] === size ? [] : [side + 1]));
    const summed = (dy: string) => {
      const sum = graph.node('ReduceSum', [dy, graph.integers(0, ...(spec.mode === 'join' ? [] : repeated))], {
        keepdims: 0,
      });
      return graph.reshape(sum, ...spec.shape);
    };
    switch (spec.mode) {
      case 'add':
        return {
          y: graph.node('Add', [x, own]),
          backward: (dy, [needX], learns = ALL) => ({
            inputs: [needX ? dy : undefined],
            parameters: { table: learns('table') ? summed(dy) : undefined },
          }),
        };
      case 'multiply':
        return {
          y: graph.node('Mul', [x, own]),
          backward: (dy, [needX], learns = ALL) => ({
            inputs: [needX ? graph.node('Mul', [dy, own]) : undefined],
            parameters: { table: learns('table') ? summed(graph.node('Mul', [dy, x])) : undefined },
          }),
        };
      case 'join': {
        // Zeros on either side make room, so that the sum repeats the table for each of any number of images.
        const room = (value: string, before: number, after: number) => {
          const others = shape.slice(1).map(() => 0);
          return graph.node('Pad', [value, graph.integers(0, before, ...others, 0, after, ...others)]);
        };
        const [rows] = shape;
        return {
          y: graph.node('Add', [room(x, rows, 0), room(own, 0, input[0])]),
          backward: (dy, [needX], learns = ALL) => ({
            inputs: [needX ? graph.slice(dy, [1], [rows], [rows + input[0]]) : undefined],
            parameters: { table: learns('table') ? summed(graph.slice(dy, [1], [0], [rows])) : undefined },
          }),
        };
      }
    }
  },
  standard: (graph, layer, name, [x], output) => {
    const { spec, input } = layer;
    const shape = [1, ...tableShape(spec, input)];
    const sides = graph.constant(`${name}.sides`, [shape.length], BigInt64Array.from(shape, BigInt));
    const own = graph.node(`${name}.own`, 'Reshape', [layer.name, sides]);
    const value = asImages(graph, name, x);
    if (spec.mode !== 'join') {
      const operator = spec.mode === 'add' ? 'Add' : 'Mul';
      return { value: graph.node(name, operator, [value, own], {}, output), flat: false };
    }
    // Zeros of the right number of images, to which the table is added.
    const zero = graph.constant(`${name}.zero`, [], Float32Array.of(0));
    const bounds = [0, shape[1], 1].map((bound, place) =>
      graph.constant(`${name}.bound${place}`, [1], BigInt64Array.of(BigInt(bound))),
    );
    const first = graph.node(`${name}.first`, 'Slice', [value, ...bounds]);
    const zeros = graph.node(`${name}.zeros`, 'Mul', [first, zero]);
    const repeated = graph.node(`${name}.repeated`, 'Add', [zeros, own]);
    return { value: graph.node(name, 'Concat', [repeated, value], { axis: 1 }, output), flat: false };
  },
};
