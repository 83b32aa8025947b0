import type { Constant } from '../constant.ts';
import { titleOf } from '../naming.ts';
import type { Value } from '../value.ts';
import { scaledImages } from '../images.ts';
import { neededConstant, constantAt, perUnit, type Operator, type Step } from './step.ts';
import { imageAt, padding, sum, windowOf } from './windows.ts';

/** https://onnx.ai/onnx/operators/onnx__Conv.html */
export const convolution: Operator = (step) => {
  const { node, builder, inputs } = step;
  const weight = neededConstant(step, 1);
  const bias = constantAt(step, 2);
  const groups = node.int('group', 1);
  if (weight.shape.length !== 4)
    throw node.wrong(`has weights of ${weight.shape.join('x')}, and only images are convolved here`);
  const [first] = inputs;
  const scaled = first?.kind === 'value' ? scalingOf(first, weight, bias, groups) : undefined;
  if (scaled) return scaled;
  const { image, around } = imageAt(step);
  const [channels, rows, columns] = image.own;
  const [filters, perGroup, ...kernels] = weight.shape;
  if (perGroup * groups !== channels)
    throw node.wrong(`has weights for ${perGroup * groups} channels and reads ${channels}`);
  const [top, left, bottom, right] = around;
  const { kernel, stride, dilation, pad } = windowOf(step, kernels, top + rows + bottom, left + columns + right);
  return builder.add(
    node,
    {
      ...{ type: 'conv', filters, kernel },
      ...(stride !== 1 && { stride }),
      ...(sum(pad, around).some((zeros) => zeros > 0) && { pad: padding(sum(pad, around)) }),
      ...(groups !== 1 && { groups }),
      ...(dilation !== 1 && { dilation }),
      ...(!bias && { bias: false }),
    },
    [image],
    {
      weights: { weight: tensor(weight), ...(bias && { bias: perUnit(step, bias, filters) }) },
      title: titleOf(node, weight, bias),
    },
  );
};

const tensor = ({ shape, data }: Constant) => ({ shape, data: new Float32Array(data) });

/** The images, where a convolution of 1x1 only scales each channel for itself; undefined: it does more. */
function scalingOf(value: Value, weight: Constant, bias: Constant | undefined, groups: number): Value | undefined {
  if (!value.scaling || value.shape[1] !== weight.shape[0]) return undefined;
  const [filters, perGroup, ...kernels] = weight.shape;
  if (kernels.some((side) => side !== 1) || (groups !== 1 && groups !== filters) || perGroup * groups !== filters)
    return undefined;
  const at = (filter: number, channel: number) => weight.data[filter * perGroup + channel];
  const channels = Array.from({ length: filters }, (_, channel) => channel);
  if (groups === 1 && channels.some((one) => channels.some((other) => one !== other && at(one, other) !== 0)))
    return undefined;
  return scaledImages(
    value,
    channels.map((channel) => at(channel, groups === 1 ? channel : 0)),
    channels.map((channel) => bias?.data[channel] ?? 0),
  );
}

/** Adds numbers to a convolution's or dense layer's bias, where only they read its output; false: they can't be added there. */
export function addToBias({ node, builder, readers }: Step, name: string, value: Value, terms: Float32Array): boolean {
  const layer = builder.layers[value.place];
  if (layer === undefined || value.samples || readers(name) !== 1 || !builder.isUnread(value.place)) return false;
  const { spec, weights } = layer;
  if (spec.type !== 'conv' && spec.type !== 'dense') return false;
  const before = weights.bias?.data;
  if (weights.weight!.shape[0] !== terms.length) throw node.wrong('adds numbers that do not fit');
  const data = before ? terms.map((term, unit) => term + before[unit]) : terms;
  const { bias: _none, ...withBias } = spec;
  layer.spec = withBias as typeof spec;
  weights.bias = { shape: [terms.length], data };
  return true;
}
