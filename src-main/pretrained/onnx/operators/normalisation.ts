import { volume } from '../../../network/layers/layer.ts';
import { scaledImages } from '../images.ts';
import { titleOf } from '../naming.ts';
import type { Named } from '../builder.ts';
import { laidSide, ownSide, squeezed, type Value } from '../value.ts';
import { axisOf, constantAt, neededConstant, perUnit, valueAt, type Operator, type Step } from './step.ts';

/** https://onnx.ai/onnx/operators/onnx__BatchNormalization.html, with its running statistics */
export const batchNorm: Operator = (step) => {
  const { node, builder } = step;
  if (node.int('training_mode', 0)) throw node.wrong('is as in training; export the model in evaluation mode');
  const x = valueAt(step, 0);
  const channels = x.shape[1];
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((place) =>
    perUnit(step, neededConstant(step, place), channels),
  );
  const epsilon = node.float('epsilon', 1e-5);
  const factors = [...scale.data].map((value, channel) => value / Math.sqrt(variance.data[channel] + epsilon));
  const scaled =
    x.scaling &&
    scaledImages(
      x,
      factors,
      factors.map((factor, channel) => shift.data[channel] - mean.data[channel] * factor),
    );
  if (scaled) return scaled;
  const shape = [x.shape[1], x.shape[2] ?? 1, volume(x.shape.slice(3))];
  if (x.shape[0] !== 1) throw node.wrong(`normalises values of ${x.shape.join('x')}, which are not those of an image`);
  const image = builder.as(node, x, shape);
  const made = builder.add(node, { type: 'batch-norm', epsilon }, [image], {
    weights: { weight: scale, bias: shift, runningMean: mean, runningVariance: variance },
    title: titleOf(node, neededConstant(step, 1)),
  });
  return { ...made, shape: x.shape };
};

/** https://onnx.ai/onnx/operators/onnx__LayerNormalization.html, over one side */
export const layerNorm: Operator = (step) => {
  const { node, inputs } = step;
  const value = valueAt(step, 0);
  const first = axisOf(step, value, node.int('axis', -1));
  const over = value.shape.slice(first);
  if (squeezed(over).length !== 1)
    throw node.wrong(`normalises over ${over.join('x')} values, and one side is possible`);
  const [given, shift] = [constantAt(step, 1), constantAt(step, 2)];
  const spread = (constant: typeof given, usual: number) => {
    const size = volume(over);
    if (constant && constant.data.length !== 1) return perUnit(step, constant, size);
    return { shape: [size], data: new Float32Array(size).fill(constant?.data[0] ?? usual) };
  };
  const side = first + over.findIndex((size) => size !== 1);
  return layerNormOver(step, value, side, node.float('epsilon', 1e-5), {
    weights: { weight: spread(given, 1), bias: spread(shift, 0) },
    title: titleOf(node, ...(inputs.slice(1) as (typeof given)[])),
  });
};

/** A layer norm over a side of a value; without weights of its own, the nodes after it may have them. */
export function layerNormOver({ node, builder }: Step, of: Value, side: number, epsilon: number, named?: Named): Value {
  const value = builder.settled(node, builder.withSides(node, of));
  const laid = laidSide(value, side);
  if (laid === undefined) throw node.wrong('normalises over a side of 1');
  const x = builder.laidOut(node, value);
  const axis = ownSide(x, laid);
  const usual = x.own.length === 3 ? 0 : x.own.length - 1;
  const size = value.shape[side];
  const ofOne = (number: number) => ({ shape: [size], data: new Float32Array(size).fill(number) });
  const bare: Named = { weights: { weight: ofOne(1), bias: ofOne(0) }, isBare: true };
  return builder.ofEach(node, x, { type: 'layer-norm', epsilon, ...(axis !== usual && { axis }) }, named ?? bare);
}

/** https://onnx.ai/onnx/operators/onnx__GroupNormalization.html, whose scale was one a group before operator set 21 */
export const groupNorm: Operator = (step) => {
  const { node, builder } = step;
  const x = builder.image(node, valueAt(step, 0));
  const [channels] = x.own;
  const groups = node.int('num_groups', 1);
  const [scale, shift] = [neededConstant(step, 1), neededConstant(step, 2)];
  const each = channels / groups;
  const spread = (constant: typeof scale) =>
    constant.data.length === groups && groups !== channels
      ? {
          shape: [channels],
          data: Float32Array.from({ length: channels }, (_, channel) => constant.data[Math.floor(channel / each)]),
        }
      : perUnit(step, constant, channels);
  const settings = { groups, epsilon: node.float('epsilon', 1e-5) };
  return builder.ofEach(
    node,
    x,
    { type: 'group-norm', ...settings },
    { weights: { weight: spread(scale), bias: spread(shift) }, title: titleOf(node, scale) },
  );
};

/** https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html: each channel is a group. */
export const instanceNorm: Operator = (step) => {
  const { node, builder } = step;
  const x = valueAt(step, 0);
  const [, channels, ...rest] = x.shape;
  if (x.shape[0] !== 1 || rest.length === 0) throw node.wrong(`normalises values of ${x.shape.join('x')}`);
  const image = builder.as(node, x, [channels, rest[0], volume(rest.slice(1))]);
  const [weight, bias] = [1, 2].map((place) => perUnit(step, neededConstant(step, place), channels));
  const settings = { groups: channels, epsilon: node.float('epsilon', 1e-5) };
  const named = { weights: { weight, bias }, title: titleOf(node, neededConstant(step, 1)) };
  return { ...builder.add(node, { type: 'group-norm', ...settings }, [image], named), shape: x.shape };
};

/** https://onnx.ai/onnx/operators/onnx__LRN.html */
export const localResponseNorm: Operator = (step) => {
  const { node, builder } = step;
  const [alpha, beta, k] = [node.float('alpha', 1e-4), node.float('beta', 0.75), node.float('bias', 1)];
  const settings = { size: node.int('size', 5), alpha, beta, k };
  const x = builder.image(node, valueAt(step, 0));
  return builder.ofEach(node, x, { type: 'lrn', ...settings });
};
