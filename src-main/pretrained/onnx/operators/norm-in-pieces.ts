import type { Constant } from '../constant.ts';
import { wholesOf } from '../shapes.ts';
import { titleOf } from '../naming.ts';
import type { Value } from '../value.ts';
import { layerNormOver } from './normalisation.ts';
import { axisOf, valueAt, type Step } from './step.ts';

type Maker = Pick<Step, 'node' | 'inputs'>;

/**
 * (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon), as exporters write a layer norm before operator set 17; undefined: the
 * division is another.
 */
export function normInPieces(step: Step): Value | undefined {
  const { node, maker } = step;
  const [centred, root] = node.inputs;
  const difference = made(maker(centred), 'Sub');
  const deviation = made(maker(root), 'Sqrt') ?? power(maker(root), 0.5);
  const added = made(maker(deviation?.node.inputs[0] ?? ''), 'Add');
  if (!difference || !added) return undefined;
  const [name, meanName] = difference.node.inputs;
  const constant = added.inputs.findIndex((input) => input?.kind === 'constant' && input.data.length === 1);
  const mean = made(maker(meanName), 'ReduceMean');
  const variance = made(maker(added.node.inputs[1 - constant] ?? ''), 'ReduceMean');
  if (constant < 0 || !mean || !variance || mean.node.inputs[0] !== name) return undefined;
  if (!isSquareOf(step, variance.node.inputs[0], difference)) return undefined;
  const [axes, others] = [axesOf(step, mean), axesOf(step, variance)];
  const [x] = difference.inputs;
  if (x?.kind !== 'value' || axes.join() !== others.join() || axes.length !== 1) return undefined;
  const epsilon = (added.inputs[constant] as Constant).data[0];
  if (!(epsilon > 0) || mean.node.int('keepdims', 1) === 0) return undefined;
  return layerNormOver(step, x, axes[0], epsilon);
}

const made = (by: Maker | undefined, type: string): Maker | undefined => (by?.node.type === type ? by : undefined);

function power(by: Maker | undefined, exponent: number): Maker | undefined {
  const [, second] = by?.inputs ?? [];
  const isOfIt = by?.node.type === 'Pow' && second?.kind === 'constant' && second.data.length === 1;
  return isOfIt && second.data[0] === exponent ? by : undefined;
}

/** Whether a value is the square of a difference, which may have been computed a second time. */
function isSquareOf({ maker }: Step, name: string, difference: Maker): boolean {
  const product = made(maker(name), 'Mul');
  const square = product && product.node.inputs[0] === product.node.inputs[1] ? product : power(maker(name), 2);
  const of = made(maker(square?.node.inputs[0] ?? ''), 'Sub');
  return of !== undefined && of.node.inputs.join('\n') === difference.node.inputs.join('\n');
}

function axesOf(step: Step, { node, inputs }: Maker): number[] {
  const x = valueAt({ ...step, node, inputs }, 0);
  const [, given] = inputs;
  const axes = wholesOf(node, given?.kind === 'constant' ? given : undefined, 'axes') ?? [];
  return axes.map((axis) => axisOf({ ...step, node }, x, axis));
}

/** Gives a norm that was put together of pieces the weights or biases that come after it; false: they are none of its. */
export function foldIntoNorm(
  { node, builder, readers }: Step,
  name: string,
  value: Value,
  side: number,
  mode: 'add' | 'multiply',
  numbers: Float32Array,
  constant: Constant,
): boolean {
  const layer = builder.layers[value.place];
  if (!layer?.isBare || value.samples || readers(name) !== 1 || !builder.isUnread(value.place)) return false;
  const { weight, bias } = layer.weights;
  const isOfNorm = value.laid.length === value.order.length && numbers.length === weight!.data.length;
  const axis = layer.spec.type === 'layer-norm' ? layer.spec.axis : undefined;
  const own = layer.output.length;
  const normed = axis ?? (own === 3 ? 0 : own - 1);
  if (!isOfNorm || layer.output.slice(0, normed).filter((size) => size !== 1).length !== side) return false;
  if (mode === 'multiply')
    layer.weights.weight = { ...weight!, data: weight!.data.map((each, i) => each * numbers[i]) };
  layer.weights.bias = {
    ...bias!,
    data: bias!.data.map((each, i) => (mode === 'multiply' ? each * numbers[i] : each + numbers[i])),
  };
  layer.title ??= titleOf(node, constant);
  return true;
}
