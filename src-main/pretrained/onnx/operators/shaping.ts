import { volume } from '../../../network/layers/layer.ts';
import { partsOf, reshapedTo, shapeOf, splitSizes, squeezedBy, unsqueezedBy, wholesOf } from '../shapes.ts';
import { wholes, type Constant } from '../constant.ts';
import { tableTitle } from '../naming.ts';
import { laidSide, ownSide, reshaped, squeezed, turned, valueOf, type Padded, type Value } from '../value.ts';
import { withoutBatch } from './dense.ts';
import { axisOf, constantAt, valueAt, type Operand, type Operator, type Step } from './step.ts';

/** The value in the shape that a node gives it. */
const shaped =
  (shapeFor: (step: Step, value: Value) => readonly number[]): Operator =>
  (step) => {
    const value = valueAt(step, 0);
    return shapedTo(step, value, shapeFor(step, value));
  };

function shapedTo({ node, builder }: Step, value: Value, shape: readonly number[]): Value {
  const result = reshaped(value, shape);
  const isFlat = squeezed(shape).length <= 1;
  const keeps = isFlat || squeezed(shape).join() === result.order.map((side) => result.laid[side]).join();
  return keeps ? result : reshaped(builder.plain(node, value), shape);
}

export const reshape = shaped((step, { shape }) => {
  const wanted = wholesOf(step.node, constantAt(step, 1), 'shape') ?? [];
  // One image stands for a batch of a fixed number of them.
  const [first] = wanted;
  const isOfBatch = first !== undefined && first > 1 && first === step.builder.batch;
  return reshapedTo(step.node, shape, isOfBatch ? wanted.with(0, 1) : wanted);
});

export const flatten = shaped((step, value) => {
  const axis = step.node.int('axis', 1);
  const at = axis === value.shape.length ? axis : axisOf(step, value, axis);
  return [volume(value.shape.slice(0, at)), volume(value.shape.slice(at))];
});

export const squeeze = shaped((step, { shape }) => {
  const result = squeezedBy(shape, wholesOf(step.node, constantAt(step, 1), 'axes'));
  if (volume(result) !== volume(shape)) throw step.node.wrong(`takes a side of ${shape.join('x')} away that is not 1`);
  return result;
});

export const unsqueeze = shaped((step, { shape }) =>
  unsqueezedBy(shape, wholesOf(step.node, constantAt(step, 1), 'axes') ?? []),
);

/** https://onnx.ai/onnx/operators/onnx__Expand.html, where it repeats nothing */
export const expand: Operator = (step) => {
  const value = valueAt(step, 0);
  const wanted = [...(constantAt(step, 1)?.data ?? [])];
  const shape = [...Array<number>(Math.max(0, wanted.length - value.shape.length)).fill(1), ...value.shape];
  const repeats = wanted.some((size, index) => size !== 1 && size !== shape.at(index - wanted.length));
  if (repeats)
    throw step.node.wrong(`repeats a value of ${value.shape.join('x')} to ${wanted.join('x')}, which is not there`);
  return shapedTo(step, value, shape);
};

export const transpose: Operator = (step) => {
  const { node, inputs, builder } = step;
  const [input] = inputs;
  const value = input?.kind === 'padded' ? input.of : valueAt(step, 0);
  const order = node.ints('perm') ?? value.shape.map((_, side) => value.shape.length - 1 - side);
  if (order.toSorted((a, b) => a - b).join() !== [...value.shape.keys()].join())
    throw node.wrong('has an order that does not fit');
  const result = turned(builder.withSides(node, value), order);
  if (input?.kind !== 'padded') return result;
  const [before, after] = [input.before, input.after].map((zeros) => order.map((side) => zeros[side]));
  return { kind: 'padded', of: result, before, after } satisfies Padded;
};

/** Part of a side; the side stays, of the part's size. */
function part(step: Step, value: Value, side: number, start: number, size: number, stride = 1): Value {
  const { node, builder } = step;
  const shape = value.shape.with(side, size);
  if (start === 0 && size === value.shape[side] && stride === 1) return value;
  if (size === 0) throw step.node.wrong('takes no part of what it reads');
  const x = builder.settled(node, builder.withSides(node, value));
  const laid = laidSide(x, side);
  if (laid === undefined) throw node.wrong('takes a part of the images of a batch');
  const y = builder.laidOut(node, x);
  const axis = ownSide(y, laid);
  const end = start + (size - 1) * stride + 1;
  const settings = { axis, start, end, ...(stride !== 1 && { step: stride }) };
  const { place, own } = builder.add(node, { type: 'slice', ...settings }, [y]);
  const order =
    size === 1 ? y.order.filter((each) => each !== laid).map((each) => each - Number(each > laid)) : y.order;
  return { kind: 'value', place, own, shape, laid: squeezed(own), order };
}

/** https://onnx.ai/onnx/operators/onnx__Slice.html */
export const slice: Operator = (step) => {
  const [value, ...rest] = [valueAt(step, 0), ...step.inputs.slice(1).map((_, at) => constantAt(step, at + 1))];
  const parts = partsOf(step.node, value.shape, [undefined, ...rest]);
  return parts.reduce((x: Value, { axis, start, size, step: stride }) => {
    if (stride < 0)
      return picked(
        step,
        x,
        axis,
        Array.from({ length: size }, (_, at) => start + at * stride),
      );
    return part(step, x, axis, start, size, stride);
  }, value);
};

/** https://onnx.ai/onnx/operators/onnx__Gather.html, of places that are constants */
export const gather: Operator = (step) => {
  const value = valueAt(step, 0);
  const axis = axisOf(step, value, step.node.int('axis', 0));
  const places = constantAt(step, 1);
  if (!places) throw step.node.wrong('lacks the places that it takes');
  const size = value.shape[axis];
  const listed = [...places.data].map((at) => (at < 0 ? at + size : at));
  const gathered = value.shape.toSpliced(axis, 1, ...places.shape);
  // All of a side in order: a view, which PyTorch writes as places.
  if (listed.length === size && listed.every((at, index) => at === index)) return shapedTo(step, value, gathered);
  if (places.shape.length > 1) throw step.node.wrong('takes places in a table of them');
  const result = picked(step, value, axis, listed);
  return places.shape.length === 1 ? result : shapedTo(step, result, result.shape.toSpliced(axis, 1));
};

/** Most parts that are put together in another order. */
const MOST_PARTS = 64;

/** Places of a side one after the other: parts of it that are put together again. */
function picked(step: Step, value: Value, axis: number, places: readonly number[]): Value {
  const runs: { start: number; size: number }[] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last && last.start + last.size === place) last.size += 1;
    else runs.push({ start: place, size: 1 });
  }
  if (runs.some(({ start, size }) => !(start >= 0 && start + size <= value.shape[axis])))
    throw step.node.wrong('takes a place that there is not');
  if (runs.length > MOST_PARTS || runs.length === 0)
    throw step.node.wrong(`takes ${runs.length} parts of a side; ${MOST_PARTS} are the most`);
  const parts = runs.map(({ start, size }) => part(step, value, axis, start, size));
  return parts.length === 1 ? parts[0] : join(step, parts, axis);
}

export const split: Operator = (step) => {
  const value = valueAt(step, 0);
  const axis = axisOf(step, value, step.node.int('axis', 0));
  const sizes = splitSizes(step.node, value.shape[axis], constantAt(step, 1));
  if (volume([sizes.reduce((sum, size) => sum + size, 0)]) !== value.shape[axis])
    throw step.node.wrong('has parts that do not add up');
  let start = 0;
  return sizes.map((size) => part(step, value, axis, (start += size) - size, size));
};

/** https://onnx.ai/onnx/operators/onnx__Concat.html */
export const concat: Operator = (step) => {
  const { node, inputs } = step;
  if (inputs.some((input) => input?.kind === 'padded')) throw node.wrong('joins an image with zeros around it');
  const operands = inputs as readonly (Value | Constant)[];
  const first = operands.find((operand) => operand.kind === 'value')!;
  const axis = axisOf(step, first, node.int('axis', 0));
  const [values, before] = [
    operands.filter((each) => each.kind === 'value'),
    operands.slice(0, operands.indexOf(first)) as Constant[],
  ];
  if (values.length + before.length !== operands.length)
    throw node.wrong('joins constants after a value, and only before it that is possible');
  const others = (shape: readonly number[]) => shape.toSpliced(axis, 1).join();
  if (operands.some(({ shape }) => others(shape) !== others(first.shape)))
    throw node.wrong('joins values that do not fit');
  const together = values.length === 1 ? values[0] : join(step, values, axis);
  return before.reduceRight((x: Value, constant) => joinBefore(step, constant, x, axis), together);
};

function join(step: Step, values: readonly Value[], axis: number): Value {
  const { node, builder } = step;
  const settled = values.map((value) => builder.settled(node, builder.withSides(node, value)));
  const [first] = settled;
  const length = values.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = first.shape.with(axis, length);
  const sides = (value: Value) => value.own.length;
  const laid = laidSide(first, axis);
  const isAlike =
    laid !== undefined &&
    settled.every(
      (value) =>
        value.order.join() === first.order.join() &&
        laidSide(value, axis) === laid &&
        sides(value) === sides(first) &&
        squeezed(value.own).join() === value.laid.join() &&
        value.own.every((size, side) => (size === 1) === (first.own[side] === 1)),
    );
  if (isAlike) {
    const along = ownSide(first, laid);
    const { place, own } = builder.add(node, { type: 'concat', axis: along }, settled);
    return { ...valueOf(place, own, shape), order: first.order };
  }
  const own = withoutBatch(shape);
  if (own.length === shape.length && axis === 0) throw node.wrong('joins the images of a batch');
  const along = axis - (shape.length - own.length);
  const inFull = settled.map((value) => builder.as(node, value, own.with(along, value.shape[axis])));
  return { ...builder.add(node, { type: 'concat', axis: along }, inFull), shape };
}

/** A table that stands before a value's first side, as a class token does. */
function joinBefore(step: Step, constant: Constant, value: Value, axis: number): Value {
  const { node, builder } = step;
  const own = withoutBatch(value.shape);
  if (axis !== value.shape.length - own.length)
    throw node.wrong("joins constants along another side than the first of an image's value");
  const x = builder.as(node, value, own);
  const title = tableTitle(node, constant);
  const table = { shape: [...constant.shape], data: new Float32Array(constant.data) };
  const made = builder.add(node, { type: 'table', mode: 'join', shape: table.shape }, [x], {
    weights: { table },
    title,
  });
  return { ...made, shape: value.shape.with(axis, value.shape[axis] + constant.shape[axis]) };
}

/** https://onnx.ai/onnx/operators/onnx__Pad.html, by zeros; below 0 it takes away */
export const pad: Operator = (step) => {
  const { node, builder } = step;
  const value = valueAt(step, 0);
  const zeros = wholesOf(node, constantAt(step, 1), 'pads') ?? node.ints('paddings') ?? [];
  const mode = node.text('mode', 'constant');
  const filled = constantAt(step, 2)?.data[0] ?? node.float('value', 0);
  const along = constantAt(step, 3)?.data;
  const sides = value.shape.length;
  const axes = along ? [...along].map((axis) => axisOf(step, value, axis)) : [...value.shape.keys()];
  if (zeros.length !== 2 * axes.length) throw node.wrong('pads sides that there are not');
  const [before, after] = [0, 1].map((half) => {
    const all = Array<number>(sides).fill(0);
    for (const [index, axis] of axes.entries()) all[axis] = zeros[half * axes.length + index];
    return all;
  });
  const cropped = value.shape.reduce((x: Value, size, side) => {
    const [less, more] = [Math.max(0, -before[side]), Math.max(0, -after[side])];
    return part(step, x, side, less, size - less - more);
  }, value);
  const [first, last] = [before, after].map((all) => all.map((number) => Math.max(0, number)));
  if ([...first, ...last].every((number) => number === 0)) return cropped;
  if (mode !== 'constant' || filled !== 0)
    throw node.wrong(`pads by ${mode === 'constant' ? String(filled) : mode.slice(0, 20)}, and only zeros are there`);
  // The channels of an image: shortcut A of residual networks.
  const isOfChannels = [...first, ...last].every((number, at) => number === 0 || at % sides === 1);
  if (!isOfChannels || sides !== 4) return { kind: 'padded', of: cropped, before: first, after: last };
  const image = builder.image(node, cropped);
  return builder.add(node, { type: 'zero-channels', before: first[1], after: last[1] }, [image]);
};

export const shape: Operator = (step) => shapeOf(step.node, shownShape(step.inputs[0]!));
export const size: Operator = (step) => wholes([volume(shownShape(step.inputs[0]!))], []);

const shownShape = (operand: Operand): readonly number[] =>
  operand.kind === 'unknown'
    ? []
    : operand.kind === 'padded'
      ? operand.of.shape.map((side, at) => operand.before[at] + side + operand.after[at])
      : operand.shape;

/** Nodes that change nothing in a network that doesn't learn, or only how numbers are kept. */
export const same: Operator = ({ inputs: [input] }) => input!;

export const cast: Operator = (step) => {
  const FLOATS = [1, 10, 11, 16];
  if (!FLOATS.includes(step.node.int('to', 1)))
    throw step.node.wrong('makes whole numbers of values, which a network that learns can not');
  return step.inputs[0]!;
};
