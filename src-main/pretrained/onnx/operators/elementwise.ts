import { volume } from '../../../network/layers/layer.ts';
import { mapped } from '../builder.ts';
import type { Constant } from '../constant.ts';
import { scaledImages } from '../images.ts';
import { tableTitle } from '../naming.ts';
import { FUNCTIONS, POINTS } from '../pointwise.ts';
import { commonShape, transposed } from '../strided.ts';
import { inOrder, isVector, laidSide, squeezed, type Value } from '../value.ts';
import { addToBias } from './convolution.ts';
import { foldIntoNorm, normInPieces } from './norm-in-pieces.ts';
import { withoutBatch } from './dense.ts';
import { constantAt, valueAt, type Operator, type Step } from './step.ts';

type Kind = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max';

const COMPUTE: Readonly<Record<Kind, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Min: Math.min,
  Max: Math.max,
};

/** Sums, products and the like of a value with a number, with numbers for its units, or with another value. */
export const arithmetic =
  (kind: Kind): Operator =>
  (step) => {
    const { node, inputs } = step;
    if (inputs.length !== 2) throw node.wrong(`joins ${inputs.length} values, and two are possible`);
    const [a, b] = inputs;
    if (b?.kind === 'constant') return withConstant(step, kind, valueAt(step, 0), b, false, node.inputs[0]);
    if (a?.kind === 'constant') return withConstant(step, kind, valueAt(step, 1), a, true, node.inputs[1]);
    return ofValues(step, kind, valueAt(step, 0), valueAt(step, 1));
  };

/** @param isFirst whether the constant stands before the value */
function withConstant(step: Step, kind: Kind, value: Value, constant: Constant, isFirst: boolean, name: string): Value {
  const { node } = step;
  const shape = commonShape(value.shape, constant.shape);
  if (!shape || volume(shape) !== volume(value.shape))
    throw node.wrong(
      `joins ${value.shape.join('x')} values with ${constant.shape.join('x')} numbers, which don't meet`,
    );
  const x: Value = { ...value, shape };
  const compute = COMPUTE[kind];
  if (constant.data.length === 1 && !x.scaling) {
    const number = constant.data[0];
    return mapped(x, isFirst ? (each) => compute(number, each) : (each) => compute(each, number));
  }
  if (kind === 'Pow' || kind === 'Min' || kind === 'Max' || (kind === 'Div' && isFirst))
    throw node.wrong('joins a value with several numbers in a way that is not there');
  if (kind === 'Sub' && isFirst)
    return withConstant(
      step,
      'Add',
      mapped(withoutScaling(step, x), (each) => -each),
      constant,
      false,
      '',
    );
  const data = Float32Array.from(
    constant.data,
    kind === 'Sub' ? (each) => -each : kind === 'Div' ? (each) => 1 / each : (each) => each,
  );
  const mode = kind === 'Add' || kind === 'Sub' ? 'add' : 'multiply';
  return joined(step, mode, x, { ...constant, data }, name);
}

const withoutScaling = ({ node, builder }: Step, value: Value): Value =>
  value.scaling ? builder.settled(node, value) : value;

/** Numbers that are added to a value's units or multiplied with them. */
function joined(step: Step, mode: 'add' | 'multiply', value: Value, constant: Constant, name: string): Value {
  const { node, builder } = step;
  const x = builder.withSides(node, value);
  const missing = x.shape.length - constant.shape.length;
  const sides = x.shape.map((_, side) => (side < missing ? 1 : constant.shape[side - missing]));
  if (x.scaling) {
    const scaled = ofImages(x, mode, sides, constant.data);
    if (scaled) return scaled;
  }
  /** Sides of the constant by those of the layer's value; the numbers in that order. */
  const ofLaid = x.laid.map(() => 1);
  const places = sides.flatMap((size, side) => (size === 1 ? [] : [laidSide(x, side)!]));
  sides.forEach((size, side) => {
    if (size !== 1) ofLaid[laidSide(x, side)!] = size;
  });
  const inLayersOrder = places.toSorted((a, b) => a - b).map((place) => places.indexOf(place));
  const data = Float32Array.from(
    inOrder(inLayersOrder) ? constant.data : transposed(constant.data, squeezed(sides), inLayersOrder),
  );
  const [only] = places;
  const isOfUnits = places.length === 1;
  if (mode === 'add' && isOfUnits && isBiasSide(step, x, only) && addToBias(step, name, x, data)) return x;
  if (isOfUnits && foldIntoNorm(step, name, x, only, mode, data, constant)) return x;
  const y = builder.laidOut(node, x);
  const own = sidesOf(y, ofLaid);
  const axis = own.findIndex((size) => size !== 1);
  const table = isOfUnits
    ? { shape: [data.length], ...(axis !== own.length - 1 && { axis }) }
    : {
        shape:
          inOrder(y.order) &&
          constant.shape.at(0) === 1 &&
          volume(constant.shape) === volume(own) &&
          squeezed(constant.shape).join() === squeezed(own).join() &&
          constant.shape.length === own.length + 1
            ? [...constant.shape]
            : own,
      };
  const isParameter = constant.name !== undefined;
  return builder.ofEach(
    node,
    y,
    { type: 'table', mode, ...table, ...(!isParameter && { multipliers: { learningRate: 0, decay: 0 } }) },
    { weights: { table: { shape: table.shape, data } }, title: tableTitle(node, constant) },
  );
}

/** Sides of the layer's own output for those of `laid`. */
function sidesOf({ own }: Value, ofLaid: readonly number[]): number[] {
  let side = 0;
  return own.map((size) => (size === 1 ? 1 : ofLaid[side++]));
}

/** Whether a side is the one of a convolution's or dense layer's units. */
function isBiasSide({ builder }: Step, { place, own, laid, order }: Value, side: number): boolean {
  const spec = builder.layers[place]?.spec;
  if (spec?.type !== 'conv' && spec?.type !== 'dense') return false;
  if (squeezed(own).join() !== laid.join()) return false;
  return spec.type === 'dense' && spec.over === 'last'
    ? side === laid.length - 1 && own.at(-1) !== 1
    : side === 0 && own[0] !== 1 && order.length === laid.length;
}

/** The images with each channel shifted or scaled; undefined where the numbers aren't by channel. */
function ofImages(
  x: Value,
  mode: 'add' | 'multiply',
  sides: readonly number[],
  data: Constant['data'],
): Value | undefined {
  const channels = x.scaling!.factor.length;
  const isOfChannels = sides.every((size, side) => size === 1 || (laidSide(x, side) === 0 && channels > 1));
  if (!isOfChannels) return undefined;
  const numbers = Array.from({ length: channels }, (_, channel) => data[data.length === 1 ? 0 : channel]);
  const [none, zeros] = [numbers.map(() => 1), numbers.map(() => 0)];
  return mode === 'add' ? scaledImages(x, none, numbers) : scaledImages(x, numbers, zeros);
}

/** How often functions of the same numbers are joined that make no layer together. */
const MOST_JOINED = 32;

/** Two values: both functions of the same numbers, or each with each. */
function ofValues(step: Step, kind: Kind, a: Value, b: Value): Value {
  const { node, builder } = step;
  const isSame =
    a.place === b.place &&
    !a.scaling &&
    !b.scaling &&
    a.shape.join() === b.shape.join() &&
    a.laid.join() === b.laid.join() &&
    a.order.join() === b.order.join();
  if (isSame && (a.samples ?? b.samples)) {
    const [one, other] = [a.samples ?? POINTS, b.samples ?? POINTS];
    const samples = one.map((value, i) => COMPUTE[kind](value, other[i]));
    const depth = 1 + Math.max(...[a, b].map(({ steps }) => steps?.[0]?.joined?.depth ?? 0));
    const type = kind === 'Add' ? ('add' as const) : kind === 'Mul' ? ('multiply' as const) : undefined;
    const joined = type && depth <= MOST_JOINED ? { type, values: [a, b] as const, depth } : undefined;
    return { ...a, samples, steps: [{ samples, ...(joined && { joined }) }] };
  }
  if (kind === 'Div') {
    const norm = normInPieces(step);
    if (norm) return norm;
  }
  const negative = kind === 'Sub' ? mapped(b, (each) => -each) : b;
  if (kind !== 'Add' && kind !== 'Mul' && kind !== 'Sub')
    throw node.wrong('joins two values in a way that is not there');
  const type = kind === 'Mul' ? 'multiply' : 'add';
  const shape = commonShape(a.shape, b.shape);
  if (!shape) throw node.wrong(`joins values of ${a.shape.join('x')} and ${b.shape.join('x')}, which don't meet`);
  const [x, y] = [a, negative].map((each) => builder.settled(node, builder.withSides(node, each)));
  const whole = [x, y].find((each) => volume(each.shape) === volume(shape));
  const part = whole === x ? y : x;
  const seen = whole && alongside(step, whole, part, shape);
  if (seen && whole) {
    const pair = whole === x ? [seen.whole, seen.part] : [seen.part, seen.whole];
    return { ...seen.whole, place: builder.add(node, { type }, pair).place, shape };
  }
  const sides = shape.length;
  const inFull = [x, y].map((each) => {
    const full = [...Array<number>(sides - each.shape.length).fill(1), ...each.shape];
    return builder.as(node, { ...each, shape: full }, withoutBatch(full));
  });
  return { ...builder.add(node, { type }, inFull), shape };
}

/** A smaller value in a form in which its sides meet those of a larger one as its layer puts it out; undefined: it has none. */
function alongside({ node, builder }: Step, whole: Value, part: Value, shape: readonly number[]) {
  const x = builder.laidOut(node, whole);
  const full = { ...part, shape: [...Array<number>(shape.length - part.shape.length).fill(1), ...part.shape] };
  const ofWhole = { ...x, shape: [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape] };
  const places = full.shape.flatMap((size, side) =>
    size === 1 ? [] : [{ own: laidSide(full, side)!, whole: laidSide(ofWhole, side)! }],
  );
  const inOwnOrder = places.toSorted((a, b) => a.own - b.own);
  if (inOwnOrder.some(({ whole }, index) => index > 0 && whole < inOwnOrder[index - 1].whole)) return undefined;
  const ofLaid = x.laid.map(() => 1);
  for (const { own, whole } of places) ofLaid[whole] = part.laid[own];
  return { whole: x, part: builder.inForm(node, part, sidesOf(x, ofLaid)) };
}

export const functionOf =
  (name: string): Operator =>
  (step) =>
    mapped(withoutScaling(step, valueAt(step, 0)), FUNCTIONS[name]);

/** Functions with settings. */
export const settingOf =
  (make: (step: Step) => (x: number) => number): Operator =>
  (step) =>
    mapped(withoutScaling(step, valueAt(step, 0)), make(step));

/** https://onnx.ai/onnx/operators/onnx__Clip.html, whose bounds are inputs from operator set 11 on */
export const clip = settingOf((step) => {
  const bound = (place: number, attribute: string, usual: number) =>
    constantAt(step, place)?.data[0] ?? step.node.float(attribute, usual);
  const [least, most] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return (x) => Math.min(most, Math.max(least, x));
});

/** https://onnx.ai/onnx/operators/onnx__PRelu.html, with one slope for all */
export const prelu = settingOf((step) => {
  const slope = constantAt(step, 1)!;
  const [first] = slope.data;
  if (!slope.data.every((each) => each === first))
    throw step.node.wrong('has a slope for each channel, which is not there');
  return (x) => (x < 0 ? first * x : x);
});

/** https://onnx.ai/onnx/operators/onnx__Softmax.html, which before operator set 13 was over all sides from its axis on */
export const softmax: Operator = (step) => {
  const { node, builder } = step;
  const value = builder.plain(node, valueAt(step, 0));
  const counted = node.int('axis', node.opset < 13 ? 1 : -1);
  const axis = counted < 0 ? counted + value.shape.length : counted;
  const isLast = value.shape.slice(axis + 1).every((size) => size === 1);
  if (!isLast && node.opset < 13) throw node.wrong('is over several sides at once');
  if (isVector(value)) return builder.as(node, value, [volume(value.shape)]) && ofVector(step, value);
  const own = withoutBatch(value.shape);
  const x = builder.as(node, value, own);
  return builder.ofEach(node, x, { type: 'softmax', axis: axis - (value.shape.length - own.length) });
};

function ofVector({ node, builder }: Step, value: Value): Value {
  const x = builder.as(node, value, [volume(value.shape)]);
  return { ...builder.ofEach(node, x, { type: 'softmax', axis: 0 }), shape: value.shape };
}
