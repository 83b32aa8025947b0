import { volume } from '../../network/layers/layer.ts';
import { constantOf, typeOf, wholes, type Constant } from './constant.ts';
import type { Node } from './node.ts';
import {
  partsOf,
  place,
  reshapedTo,
  shapeOf,
  splitSizes,
  squeezedBy,
  unsqueezedBy,
  wholesOf,
  type Part,
} from './shapes.ts';
import { commonShape, repeated, strided, stridesOf, transposed } from './strided.ts';

type Inputs = readonly (Constant | undefined)[];
type Fold = (node: Node, inputs: Inputs, budget: Budget) => Constant | readonly Constant[];

/** How many values may be made of constants: folding must not take longer than the file is large. */
export class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = 2 ** 20 + 8 * bytes;
  }

  take(values: number, node: Node): void {
    this.#left -= values;
    if (!(this.#left >= 0)) throw node.wrong('makes more values than the size of the file allows');
  }
}

/** What a node makes of constants; undefined where its operator is none that is known here. Throws a UserError, one clause. */
export function folded(node: Node, inputs: Inputs, budget: Budget): readonly Constant[] | undefined {
  const fold = Object.hasOwn(FOLDS, node.type) ? FOLDS[node.type] : undefined;
  if (!fold) return undefined;
  budget.take(
    inputs.reduce((sum, input) => sum + (input?.data.length ?? 0), 1),
    node,
  );
  const result = fold(node, inputs, budget);
  const made = 'kind' in result ? [result] : result;
  const [first] = inputs;
  // What is made of an initialiser keeps its name: layers are called after their weights.
  return made.map((one) => (first?.name !== undefined && !one.name ? { ...one, name: first.name } : one));
}

const like = ({ type }: Constant, shape: readonly number[], data: Constant['data']): Constant => ({
  ...{ kind: 'constant', type, shape, data },
});
const floating = (shape: readonly number[], data: Float32Array): Constant => ({
  ...{ kind: 'constant', type: 'float', shape, data },
});

function needed(node: Node, input: Constant | undefined): Constant {
  if (!input) throw node.wrong('lacks an input');
  return input;
}

const same: Fold = (node, [x]) => needed(node, x);

/** A function of two numbers, each with each by the rules of ONNX. */
const pairwise =
  (compute: (a: number, b: number, isWhole: boolean) => number, type?: Constant['type']): Fold =>
  (node, [one, other], budget) => {
    const [a, b] = [needed(node, one), needed(node, other)];
    const shape = commonShape(a.shape, b.shape);
    if (!shape) throw node.wrong(`joins values of ${a.shape.join('x')} and ${b.shape.join('x')}, which don't meet`);
    budget.take(volume(shape), node);
    const [left, right] = [repeated(a.data, a.shape, shape), repeated(b.data, b.shape, shape)];
    const isWhole = a.type === 'whole';
    const data = new (isWhole || type ? Float64Array : Float32Array)(left.length);
    for (let i = 0; i < data.length; i++) data[i] = compute(left[i], right[i], isWhole);
    return { kind: 'constant', type: type ?? a.type, shape, data };
  };

const each =
  (compute: (x: number) => number): Fold =>
  (node, [input]) => {
    const x = needed(node, input);
    return like(x, x.shape, x.data.map(compute));
  };

const takeAlong = (x: Constant, axis: number, { start, size, step }: Omit<Part, 'axis'>): Constant => {
  const strides = stridesOf(x.shape);
  const shape = x.shape.with(axis, size);
  return like(
    x,
    shape,
    strided(
      x.data,
      shape,
      strides.map((stride, side) => (side === axis ? stride * step : stride)),
      size === 0 ? 0 : start * strides[axis],
    ),
  );
};

/** (q - zero point) * scale, of all values or along an axis: how weights of whole numbers stand for real ones. */
const dequantise: Fold = (node, [values, scales, zeros]) => {
  const [q, scale] = [needed(node, values), needed(node, scales)];
  if (node.int('block_size', 0) !== 0) throw node.wrong('has scales for blocks of weights');
  const axis = place(node.int('axis', 1), q.shape.length);
  const along = (x: Constant) =>
    x.data.length === 1
      ? repeated(x.data, [1], q.shape)
      : repeated(
          x.data,
          q.shape.map((side, index) => (index === axis ? side : 1)),
          q.shape,
        );
  if (scale.data.length !== 1 && scale.data.length !== q.shape[axis]) throw node.wrong('has scales that do not fit');
  const [factors, offsets] = [along(scale), zeros ? along(zeros) : undefined];
  const data = new Float32Array(q.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (q.data[i] - (offsets?.[i] ?? 0)) * factors[i];
  return floating(q.shape, data);
};

const FOLDS: Readonly<Record<string, Fold>> = {
  Identity: same,
  Dropout: same,
  Cast: (node, [input]) => {
    const x = needed(node, input);
    const type = typeOf(node.int('to', 1));
    if (!type) throw node.wrong('makes values that are no numbers');
    if (type === 'float') return floating(x.shape, x.data instanceof Float32Array ? x.data : new Float32Array(x.data));
    const data = Float64Array.from(x.data, type === 'bool' ? (value) => Number(value !== 0) : Math.trunc);
    return { kind: 'constant', type, shape: x.shape, data };
  },
  Transpose: (node, [input]) => {
    const x = needed(node, input);
    const order = node.ints('perm') ?? x.shape.map((_, side) => x.shape.length - 1 - side);
    if (order.toSorted().join() !== [...x.shape.keys()].join()) throw node.wrong('has an order that does not fit');
    return like(
      x,
      order.map((side) => x.shape[side]),
      transposed(x.data, x.shape, order),
    );
  },
  Reshape: (node, [input, shape]) => {
    const x = needed(node, input);
    return like(x, reshapedTo(node, x.shape, wholesOf(node, shape, 'shape') ?? []), x.data);
  },
  Flatten: (node, [input]) => {
    const x = needed(node, input);
    const axis = place(node.int('axis', 1), x.shape.length);
    return like(x, [volume(x.shape.slice(0, axis)), volume(x.shape.slice(axis))], x.data);
  },
  Squeeze: (node, [input, axes]) => {
    const x = needed(node, input);
    return like(x, squeezedBy(x.shape, wholesOf(node, axes, 'axes')), x.data);
  },
  Unsqueeze: (node, [input, axes]) => {
    const x = needed(node, input);
    return like(x, unsqueezedBy(x.shape, wholesOf(node, axes, 'axes') ?? []), x.data);
  },
  Concat: (node, inputs) => {
    const parts = inputs.map((input) => needed(node, input));
    const axis = place(node.int('axis', 0), parts[0].shape.length);
    const [{ shape, type }] = parts;
    const others = (one: Constant) => one.shape.toSpliced(axis, 1).join();
    if (parts.some((part) => others(part) !== others(parts[0]))) throw node.wrong('joins values that do not fit');
    const length = parts.reduce((sum, part) => sum + part.shape[axis], 0);
    const inner = volume(shape.slice(axis + 1));
    const data = new (type === 'float' ? Float32Array : Float64Array)(volume(shape.with(axis, length)));
    let at = 0;
    for (const part of parts) {
      const run = part.shape[axis] * inner;
      for (let row = 0; row * run < part.data.length; row++)
        data.set(part.data.subarray(row * run, (row + 1) * run), row * length * inner + at);
      at += run;
    }
    return { kind: 'constant', type, shape: shape.with(axis, length), data };
  },
  Gather: (node, [input, places], budget) => {
    const [x, indices] = [needed(node, input), needed(node, places)];
    const axis = place(node.int('axis', 0), x.shape.length);
    const [outer, size, inner] = [volume(x.shape.slice(0, axis)), x.shape[axis], volume(x.shape.slice(axis + 1))];
    const rows = [...indices.data].map((at) => place(at, size));
    if (!rows.every((row) => row >= 0 && row < size)) throw node.wrong('takes a place that there is not');
    budget.take(outer * rows.length * inner, node);
    const data = new (x.type === 'float' ? Float32Array : Float64Array)(outer * rows.length * inner);
    for (let before = 0; before < outer; before++)
      for (const [at, row] of rows.entries()) {
        const from = (before * size + row) * inner;
        data.set(x.data.subarray(from, from + inner), (before * rows.length + at) * inner);
      }
    return like(x, x.shape.toSpliced(axis, 1, ...indices.shape), data);
  },
  Slice: (node, inputs) => {
    const x = needed(node, inputs[0]);
    return partsOf(node, x.shape, inputs).reduce((part, { axis, ...taken }) => takeAlong(part, axis, taken), x);
  },
  Split: (node, [input, sizes]) => {
    const x = needed(node, input);
    const axis = place(node.int('axis', 0), x.shape.length);
    let start = 0;
    return splitSizes(node, x.shape[axis], sizes).map((size) => {
      const part = takeAlong(x, axis, { start, size, step: 1 });
      start += size;
      return part;
    });
  },
  Shape: (node, [input]) => shapeOf(node, needed(node, input).shape),
  Size: (node, [input]) => wholes([needed(node, input).data.length], []),
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: pairwise((a, b, isWhole) => (isWhole ? Math.trunc(a / b) : a / b)),
  Pow: pairwise((a, b) => a ** b),
  Mod: pairwise((a, b) => a - b * Math.floor(a / b)),
  Min: pairwise((a, b) => Math.min(a, b)),
  Max: pairwise((a, b) => Math.max(a, b)),
  Equal: pairwise((a, b) => Number(a === b), 'bool'),
  Less: pairwise((a, b) => Number(a < b), 'bool'),
  Greater: pairwise((a, b) => Number(a > b), 'bool'),
  And: pairwise((a, b) => Number(a !== 0 && b !== 0), 'bool'),
  Or: pairwise((a, b) => Number(a !== 0 || b !== 0), 'bool'),
  Not: each((x) => Number(x === 0)),
  Neg: each((x) => -x),
  Abs: each(Math.abs),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Floor: each(Math.floor),
  Ceil: each(Math.ceil),
  Relu: each((x) => Math.max(0, x)),
  Clip: (node, [input, least, most]) => {
    const [x, from, to] = [needed(node, input), least?.data[0] ?? -Infinity, most?.data[0] ?? Infinity];
    const [lowest, highest] = [Math.max(from, node.float('min', from)), Math.min(to, node.float('max', to))];
    return like(
      x,
      x.shape,
      x.data.map((value) => Math.min(highest, Math.max(lowest, value))),
    );
  },
  Where: (node, inputs, budget) => {
    const [condition, a, b] = [0, 1, 2].map((at) => needed(node, inputs[at]));
    const shape = commonShape(condition.shape, a.shape, b.shape);
    if (!shape) throw node.wrong('joins values that do not fit');
    budget.take(3 * volume(shape), node);
    const [choice, left, right] = [condition, a, b].map((one) => repeated(one.data, one.shape, shape));
    return like(
      a,
      shape,
      left.map((value, i) => (choice[i] ? value : right[i])),
    );
  },
  ReduceProd: (node, [input]) => {
    const x = needed(node, input);
    if (x.shape.length !== 1) throw node.wrong('multiplies along some sides of a constant, which is not read');
    const product = volume([...x.data]);
    return like(x, node.int('keepdims', 1) ? [1] : [], Float64Array.of(product));
  },
  DequantizeLinear: dequantise,
};

/** A constant that a node has in its settings, or makes in a size that an input asks for; undefined: it is another node. */
export function generated(node: Node, inputs: Inputs, budget: Budget): Constant | undefined {
  const sized = (shape: readonly number[], value: number, type: Constant['type']): Constant => {
    const values = volume(shape);
    budget.take(values, node);
    return {
      kind: 'constant',
      type,
      shape,
      data: new (type === 'float' ? Float32Array : Float64Array)(values).fill(value),
    };
  };
  const [first, second, third] = inputs;
  switch (node.type) {
    case 'ConstantOfShape': {
      const shape = [...needed(node, first).data];
      const tensor = node.tensor('value');
      const { type, data } = tensor ? constantOf(tensor) : { type: 'float' as const, data: [0] };
      return sized(shape, data[0], type);
    }
    case 'Expand': {
      const x = needed(node, first);
      const shape = commonShape(x.shape, [...needed(node, second).data]);
      if (!shape) throw node.wrong('repeats values to a shape that does not fit');
      budget.take(volume(shape), node);
      return { ...x, shape, data: repeated(x.data, x.shape, shape) };
    }
    case 'Range': {
      const [start, limit, step] = [first, second, third].map((one) => needed(node, one).data[0]);
      const length = Math.max(0, Math.ceil((limit - start) / step));
      budget.take(length, node);
      const { type, data } = first!;
      const values = new (data.constructor as Float64ArrayConstructor)(length).map((_, index) => start + index * step);
      return { kind: 'constant', type, shape: [length], data: values };
    }
    default:
      return undefined;
  }
}
