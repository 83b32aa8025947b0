import { volume } from '../../../network/layers/layer.ts';
import { normalisedAxis } from '../../../network/layers/normalisation.ts';
import { asImages } from '../standard/graph.ts';
import type { Graph, Value } from '../graph.ts';
import { ALL, type LayerForm, type LayerKind, type LayerValue, type LayerInputs } from './layer.ts';

/** Which sides of values (images first) are normalised over, and those that weight and bias stand along. */
interface Normalised {
  readonly over: readonly number[];
  /** The sides of a value. */
  readonly shape: readonly number[];
  /** Weight and bias, with sides of 1. */
  readonly affine: readonly number[];
  readonly epsilon: number;
}

/**
 * With m and v the mean and variance of x over some sides, h = (x - m) / sqrt(v + epsilon) and y = w h + b (Ba, Kiros and
 * Hinton 2016, equation 3). With g = dy w, and means over the same sides,
 *
 *     dx = (g - mean of g - h mean of (g h)) / sqrt(v + epsilon)    dw = sum of dy h    db = sum of dy
 */
function normalise(
  graph: Graph,
  { over, shape, affine, epsilon }: Normalised,
  x: Value,
  { parameters }: LayerInputs,
): LayerValue {
  const mul = (a: Value, b: Value) => graph.node('Mul', [a, b]);
  const mean = (value: Value) => graph.node('ReduceMean', [value, graph.integers(...over)], { keepdims: 1 });
  const differences = graph.node('Sub', [x, mean(x)]);
  const variance = mean(mul(differences, differences));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.constant(epsilon)])]);
  const inverse = graph.node('Reciprocal', [deviation]);
  const h = mul(differences, inverse);
  const weight = graph.reshape(parameters!.weight!, ...affine);
  const y = graph.node('Add', [mul(h, weight), graph.reshape(parameters!.bias!, ...affine)]);
  const others = affine.flatMap((size, side) => (side === 0 || (size === 1 && shape[side - 1] !== 1) ? [side] : []));
  const summed = (value: Value) => {
    const sum = graph.node('ReduceSum', [value, graph.integers(...others)], { keepdims: 0 });
    return graph.reshape(sum, volume(affine));
  };
  return {
    y,
    backward: (dy, [needX], learns = ALL) => {
      const dx = () => {
        const g = mul(dy, weight);
        const centred = graph.node('Sub', [g, mean(g)]);
        return mul(graph.node('Sub', [centred, mul(h, mean(mul(g, h)))]), inverse);
      };
      return {
        inputs: [needX ? dx() : undefined],
        parameters: {
          weight: learns('weight') ? summed(mul(dy, h)) : undefined,
          bias: learns('bias') ? summed(dy) : undefined,
        },
      };
    },
  };
}

const layerForm: LayerForm<'layer-norm'> = (graph, { spec, input }, inputs) => {
  const axis = normalisedAxis(spec, input);
  const affine = [1, ...input.map((size, side) => (side === axis ? size : 1))];
  const normalised = { over: [axis + 1], shape: input, affine, epsilon: spec.epsilon };
  return normalise(graph, normalised, inputs.inputs[0], inputs);
};

export const layerNorm: LayerKind<'layer-norm'> = {
  batchFirst: layerForm,
  standard: (graph, { name: layer, spec, input }, name, [x], output) => {
    const axis = normalisedAxis(spec, input);
    const last = input.length - 1;
    const [weight, bias] = [`${layer}.weight`, `${layer}.bias`];
    const attributes = { axis: -1, epsilon: { float: spec.epsilon } };
    const value = asImages(graph, name, x);
    if (axis === last) {
      return { value: graph.node(name, 'LayerNormalization', [value, weight, bias], attributes, output), flat: false };
    }
    // The standard normalises the last sides, so the axis is moved there and back.
    const perm = input.map((_, side) => side + 1).toSpliced(axis, 1);
    const there = [0, ...perm, axis + 1];
    const back = there.map((_, side) => there.indexOf(side));
    const moved = graph.node(`${name}.there`, 'Transpose', [value], { perm: there });
    const normed = graph.node(name, 'LayerNormalization', [moved, weight, bias], attributes);
    return { value: graph.node(`${name}.back`, 'Transpose', [normed], { perm: back }, output), flat: false };
  },
};

/** Groups are normalised as [N, groups, all of a group]; weight and bias stand along the channels. */
export const groupNorm: LayerKind<'group-norm'> = {
  batchFirst: (graph, { spec: { groups, epsilon }, input }, inputs) => {
    const [channels, ...others] = input;
    const pixels = volume(others);
    const shape = [groups, channels / groups, pixels];
    const x = graph.reshape(inputs.inputs[0], -1, ...shape);
    const affine = [1, groups, channels / groups, 1];
    const value = normalise(graph, { over: [2, 3], shape, affine, epsilon }, x, inputs);
    return {
      y: graph.reshape(value.y, -1, ...input),
      backward: (dy, needs, learns) => {
        const gradients = value.backward(graph.reshape(dy, -1, ...shape), needs, learns);
        const [dx] = gradients.inputs;
        return { ...gradients, inputs: [dx && graph.reshape(dx, -1, ...input)] };
      },
    };
  },
  standard: (graph, { name: layer, spec, input }, name, [x], output) => {
    // GroupNormalization came after the standard's version that models are written in: instances of groups, then w and b.
    const sides = (of: string, ...shape: number[]) =>
      graph.constant(`${name}.${of}`, [shape.length], BigInt64Array.from(shape, BigInt));
    const fill = (of: string, value: number) =>
      graph.constant(`${name}.${of}`, [spec.groups], new Float32Array(spec.groups).fill(value));
    const apart = graph.node(`${name}.groups`, 'Reshape', [
      asImages(graph, name, x),
      sides('apart', 0, spec.groups, -1),
    ]);
    const normed = graph.node(`${name}.normed`, 'InstanceNormalization', [apart, fill('ones', 1), fill('zeros', 0)], {
      epsilon: { float: spec.epsilon },
    });
    const back = graph.node(`${name}.together`, 'Reshape', [normed, sides('shape', -1, ...input)]);
    const ofChannels = input.map((size, side) => (side === 0 ? size : 1));
    const parameter = (of: string) =>
      graph.node(`${name}.${of}`, 'Reshape', [`${layer}.${of}`, sides(`${of}_sides`, ...ofChannels)]);
    const scaled = graph.node(`${name}.scaled`, 'Mul', [back, parameter('weight')]);
    return { value: graph.node(name, 'Add', [scaled, parameter('bias')], {}, output), flat: false };
  },
};
