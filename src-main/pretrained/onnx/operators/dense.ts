import { volume } from '../../../network/layers/layer.ts';
import type { Tensor } from '../../../network/weights.ts';
import type { Constant } from '../constant.ts';
import { titleOf } from '../naming.ts';
import { recognised } from '../pointwise.ts';
import { transposed } from '../strided.ts';
import { hasSides, inOrder, isVector, laidSide, squeezed, turned, type Value } from '../value.ts';
import { constantAt, neededConstant, perUnit, valueAt, type Operator, type Step } from './step.ts';

interface Product {
  /** [units, inputs]. */
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly title?: string;
}

/** https://onnx.ai/onnx/operators/onnx__Gemm.html: alpha * x * B + beta * C */
export const gemm: Operator = (step) => {
  const { node } = step;
  const matrix = neededConstant(step, 1);
  const given = constantAt(step, 2);
  const x = valueAt(step, 0);
  if (x.shape.length !== 2 || matrix.shape.length !== 2) throw node.wrong('multiplies values that are not matrices');
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const weight = timesNumber(node.int('transB', 0) ? asTensor(matrix) : unitsFirst(matrix), alpha);
  const [units] = weight.shape;
  const bias = given && beta !== 0 ? timesNumber(biasOf(step, given, units), beta) : undefined;
  const rows = node.int('transA', 0) ? turned(x, [1, 0]) : x;
  return product(step, rows, { weight, ...(bias && { bias }), title: titleOf(node, matrix, given) });
};

/** One number a unit; a single one stands for all. */
function biasOf(step: Step, given: Constant, units: number): Tensor {
  if (given.data.length === 1) return { shape: [units], data: new Float32Array(units).fill(given.data[0]) };
  return perUnit(step, given, units);
}

const asTensor = ({ shape, data }: Constant): Tensor => ({ shape, data: new Float32Array(data) });
const unitsFirst = ({ shape, data }: Constant): Tensor => ({
  shape: shape.toReversed(),
  data: new Float32Array(transposed(data, shape, [1, 0])),
});
const timesNumber = ({ shape, data }: Tensor, factor: number): Tensor => ({
  ...{ shape, data: factor === 1 ? data : data.map((value) => value * factor) },
});

/** https://onnx.ai/onnx/operators/onnx__MatMul.html: of a value with weights, or of two values */
export const matrixProduct: Operator = (step) => {
  const { node, inputs } = step;
  const [a, b] = inputs;
  if (b?.kind === 'constant') {
    const sides = squeezed(b.shape.slice(0, -2));
    if (b.shape.length < 2 || sides.length > 0) throw node.wrong(`multiplies with weights of ${b.shape.join('x')}`);
    const matrix = { ...b, shape: b.shape.slice(-2) };
    return product(step, valueAt(step, 0), { weight: unitsFirst(matrix), title: titleOf(node, matrix) });
  }
  if (a?.kind === 'constant') {
    // W x is the transpose of x' W'.
    if (a.shape.length !== 2) throw node.wrong(`multiplies weights of ${a.shape.join('x')} with a value`);
    const x = valueAt(step, 1);
    const swapped = (value: Value) => turned(step.builder.withSides(node, value), lastSwapped(value.shape.length));
    return swapped(product(step, swapped(x), { weight: asTensor(a), title: titleOf(node, a) }));
  }
  return ofValues(step, valueAt(step, 0), valueAt(step, 1));
};

const lastSwapped = (sides: number): number[] => [
  ...Array.from({ length: sides - 2 }, (_, side) => side),
  sides - 1,
  sides - 2,
];

/** A dense layer of the last side of a value. */
function product(step: Step, x: Value, { weight, bias, title }: Product): Value {
  const { node, builder } = step;
  const [units, values] = weight.shape;
  if (x.shape.at(-1) !== values)
    throw node.wrong(`multiplies ${x.shape.join('x')} values with weights for ${values}, which don't meet`);
  const shape = x.shape.with(-1, units);
  const named = { title, weights: { weight, ...(bias && { bias }) } };
  const settings = { units, ...(!bias && { bias: false }) };
  if (isVector(x) && volume(x.shape) === values) {
    const flat = builder.settled(node, x);
    const inLayersOrder = { ...named, weights: { ...named.weights, weight: columnsOf(flat, weight) } };
    return { ...builder.add(node, { type: 'dense', ...settings }, [flat], inLayersOrder), shape };
  }
  const sided = builder.settled(node, builder.withSides(node, x));
  const side = laidSide(sided, x.shape.length - 1);
  // Over the channels of each pixel of an image: a convolution of 1x1.
  if (side === 0 && sided.own.length === 3 && !inOrder(sided.order) && squeezed(sided.own).length === 3) {
    const weights = { ...named.weights, weight: { shape: [units, values, 1, 1], data: weight.data } };
    const { filters, ...others } = { filters: units, ...settings };
    const { units: _units, ...rest } = others;
    const made = builder.add(node, { type: 'conv', filters, kernel: 1, ...rest }, [sided], { ...named, weights });
    return units === 1 ? { ...made, shape, order: [0, 1] } : { ...made, shape, order: sided.order };
  }
  const last = builder.plain(node, sided);
  const own =
    last.own.at(-1) === values && last.own.length > 1 ? last : builder.as(node, last, withoutBatch(last.shape));
  return { ...builder.add(node, { type: 'dense', ...settings, over: 'last' }, [own], named), shape };
}

/** A shape without the batch's side, which is the first where that is 1. */
export const withoutBatch = (shape: readonly number[]): number[] =>
  shape.length > 1 && shape[0] === 1 ? shape.slice(1) : [...shape];

/** Weights of values that were flattened in another order than the layer's, in the layer's. */
function columnsOf({ laid, order }: Value, weight: Tensor): Tensor {
  if (inOrder(order)) return weight;
  const [units] = weight.shape;
  const turnedSides = order.map((side) => laid[side]);
  const back = laid.map((_, side) => order.indexOf(side));
  const data = transposed(weight.data, [units, ...turnedSides], [0, ...back.map((side) => side + 1)]);
  return { shape: weight.shape, data };
}

/** The products of two stacks of matrices, as attention has them. */
function ofValues(step: Step, a: Value, b: Value): Value {
  const { node, builder } = step;
  const sides = Math.max(a.shape.length, b.shape.length);
  const [left, right] = [a, b].map(({ shape }) => [...Array<number>(sides - shape.length).fill(1), ...shape]);
  if (sides < 2 || left.at(-1) !== right.at(-2) || left.slice(0, -2).join() !== right.slice(0, -2).join())
    throw node.wrong(`multiplies values of ${a.shape.join('x')} and ${b.shape.join('x')}, which don't meet`);
  const shape = [...left.slice(0, -1), right.at(-1)!];
  const [x, y] = [numberless(a), numberless(b)];
  const scale = x.factor * y.factor;
  const first = builder.as(node, x.value, withoutBatch(left));
  // The second is read as it lies, where only its last two sides are turned.
  const swapped = hasSides(y.value) ? turned({ ...y.value, shape: right }, lastSwapped(sides)) : undefined;
  const isSwapped = swapped !== undefined && inOrder(swapped.order) && !inOrder(y.value.order);
  const second = isSwapped
    ? builder.as(node, swapped, withoutBatch(swapped.shape))
    : builder.as(node, { ...y.value, shape: right }, withoutBatch(right));
  const settings = { ...(isSwapped && { transposed: true }), ...(scale !== 1 && { scale }) };
  return { ...builder.add(node, { type: 'matrix-product', ...settings }, [first, second]), shape };
}

/** A value without the positive number that it is still to be multiplied with. */
function numberless(value: Value): { readonly value: Value; readonly factor: number } {
  const { samples, steps: _steps, ...rest } = value;
  const factor = samples ? factorOf(samples) : 1;
  return factor === undefined ? { value, factor: 1 } : { value: rest, factor };
}

function factorOf(samples: Float64Array): number | undefined {
  const found = recognised(samples);
  return found && !found.layer && found.term === 0 && found.factor > 0 ? found.factor : undefined;
}
