import type { Graph, Value } from '../graph.ts';
import { sliceOf } from '../../../network/layers/shaping.ts';
import { asImages, type StandardGraph } from '../standard/graph.ts';
import type { Shape } from '../../../network/network.ts';
import type { LayerForm, LayerKind } from './layer.ts';

// Values in another shape, order or number. Each gradient puts dy back where its values came from.

const integers = (graph: StandardGraph, name: string, ...values: number[]): string =>
  graph.constant(name, [values.length], BigInt64Array.from(values, BigInt));

export const reshape: LayerKind<'reshape'> = {
  batchFirst: (graph, { input, output }, { inputs: [x] }) => ({
    y: graph.reshape(x, -1, ...output),
    backward: (dy) => ({ inputs: [graph.reshape(dy, -1, ...input)] }),
  }),
  standard: (graph, { output }, name, [x], outputName) => {
    const shape = integers(graph, `${name}.shape`, -1, ...output);
    return { value: graph.node(name, 'Reshape', [x.value, shape], {}, outputName), flat: false };
  },
};

export const transpose: LayerKind<'transpose'> = {
  batchFirst: (graph, { spec: { order } }, { inputs: [x] }) => ({
    y: graph.transpose(x, 0, ...order.map((axis) => axis + 1)),
    backward: (dy) => ({
      inputs: [graph.transpose(dy, 0, ...order.map((_, axis) => order.indexOf(axis) + 1))],
    }),
  }),
  standard: (graph, { spec }, name, [x], output) => {
    const perm = [0, ...spec.order.map((axis) => axis + 1)];
    return { value: graph.node(name, 'Transpose', [asImages(graph, name, x)], { perm }, output), flat: false };
  },
};

/** dx is zero but for the places that were taken. */
export const slice: LayerKind<'slice'> = {
  batchFirst: (graph, { spec, input, output }, { inputs: [x] }) => {
    const { axis } = spec;
    const bounds = sliceOf(spec, input);
    // A single place has none after it: its step may reach far behind the end.
    const single = output[axis] === 1;
    const step = single ? 1 : (spec.step ?? 1);
    const { start, end } = single ? { start: bounds.start, end: bounds.start + 1 } : bounds;
    const side = axis + 1;
    return {
      y: graph.slice(x, [side], [start], [end], step === 1 ? undefined : [step]),
      backward: (dy) => {
        const size = output[axis];
        // Zeros between the places: each is the first of `step`.
        const apart =
          step === 1
            ? dy
            : graph.reshape(
                padded([...output.slice(0, axis + 1), 1, ...output.slice(axis + 1)], side + 1, 0, step - 1, dy),
                -1,
                ...output.with(axis, size * step),
              );
        const after = input[axis] - start - size * step;
        const shape = output.with(axis, size * step);
        return { inputs: [padded(shape, side, start, after, apart)] };
      },
    };

    /** dy in a shape, with zeros along a side; a negative number of them takes values away. */
    function padded(shape: readonly number[], along: number, before: number, after: number, dy: string): string {
      const zeros = (number: number) =>
        Array.from({ length: shape.length + 1 }, (_, at) => (at === along ? number : 0));
      const value = graph.reshape(dy, -1, ...shape);
      return graph.node('Pad', [value, graph.integers(...zeros(before), ...zeros(after))]);
    }
  },
  blocked: (block) => sliceInBlocks(block),
  standard: (graph, { spec, input }, name, [x], output) => {
    const { start, end } = sliceOf(spec, input);
    const bounds = { start, end, axis: spec.axis + 1, step: spec.step ?? 1 };
    const inputs = Object.entries(bounds).map(([of, value]) => integers(graph, `${name}.${of}`, value));
    return { value: graph.node(name, 'Slice', [asImages(graph, name, x), ...inputs], {}, output), flat: false };
  },
};

/** Rows or columns of blocked images, as those of images [rows, columns, block]. */
const sliceInBlocks =
  (block: number): LayerForm<'slice'> =>
  (graph, layer, { inputs: [x], batch }) => {
    const { spec, input, output } = layer;
    const sides = (shape: Shape) => [...shape.slice(1), block];
    const apart = { ...layer, spec: { ...spec, axis: spec.axis - 1 }, input: sides(input), output: sides(output) };
    const value = slice.batchFirst(graph, apart, { inputs: [graph.reshape(x, -1, ...apart.input)], batch });
    return {
      y: graph.reshape(value.y, -1, ...output),
      backward: (dy, needs) => {
        const [dx] = value.backward(graph.reshape(dy, -1, ...apart.output), needs).inputs;
        return { inputs: [dx && graph.reshape(dx, -1, ...input)] };
      },
    };
  };

/** y has zeros before and after the channels of x; dx is dy without them. */
export const zeroChannels: LayerKind<'zero-channels'> = {
  batchFirst: (graph, { spec: { before, after }, input }, { inputs: [x] }) => {
    const others = input.slice(1).map(() => 0);
    return {
      y: graph.node('Pad', [x, graph.integers(0, before, ...others, 0, after, ...others)]),
      backward: (dy) => ({ inputs: [graph.slice(dy, [1], [before], [before + input[0]])] }),
    };
  },
  // A convolution of 1x1 whose filters are the channels of x, or nothing: channels may move within their blocks.
  blocked:
    (block) =>
    (graph, { spec: { before }, input: [channels], output: [filters] }, { inputs: [x] }) => ({
      y: moved(graph, block, x, [channels, filters], (channel) => channel + before),
      backward: (dy) => ({ inputs: [moved(graph, block, dy, [filters, channels], (filter) => filter - before)] }),
    }),
  standard: (graph, { spec: { before, after }, input }, name, [x], output) => {
    const others = input.slice(1).map(() => 0);
    const zeros = integers(graph, `${name}.zeros`, 0, before, ...others, 0, after, ...others);
    return { value: graph.node(name, 'Pad', [asImages(graph, name, x), zeros], {}, output), flat: false };
  },
};

/** Blocked images whose channel i is channel `to(i)` of the result; the others are zeros. */
function moved(
  graph: Graph,
  block: number,
  x: Value,
  [channels, filters]: readonly [number, number],
  to: (channel: number) => number,
): Value {
  const weights = new Float64Array(channels * filters);
  for (let channel = 0; channel < channels; channel++) {
    const filter = to(channel);
    if (filter < 0 || filter >= filters) continue;
    const [outer, inner] = [Math.floor(filter / block), filter % block];
    weights[(outer * channels + channel) * block + inner] = 1;
  }
  return graph.blocked('Conv', [x, graph.constant(weights, [filters, channels, 1, 1])], {
    ...{ kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
  });
}
