import { volume, type Shape } from '../../network/layers/layer.ts';

/**
 * A value that depends on the image, for one image: its first side of 1 stands for the batch. It is what a layer of ours puts
 * out, seen in another way: nodes that only turn or reshape it add nothing to the network.
 *
 * `own` is the layer's output. Read as `laid` (its sides without those of 1), and its sides then turned by `order`, its values
 * stand in the order that the graph has for `shape`.
 */
export interface Value {
  readonly kind: 'value';
  /** The layer that makes it; -1: the images. */
  readonly place: number;
  /** As the graph has it, with the batch's side of 1. */
  readonly shape: readonly number[];
  readonly own: Shape;
  readonly laid: readonly number[];
  /** Side i of what the graph has is side `order[i]` of `laid`. */
  readonly order: readonly number[];
  /** A function of each number that is still to be computed, by its values (pointwise.ts); absent: none. */
  readonly samples?: Float64Array;
  /** How the function came about, step by step, the last of them; for functions that are several layers. */
  readonly steps?: readonly Step[];
  /** Of the images: what the graph has made of each channel so far, x * factor + term. */
  readonly scaling?: Scaling;
}

interface Step {
  readonly samples: Float64Array;
  /** What was done to what the step before had; absent: two functions of the same numbers were joined. */
  readonly compute?: (x: number) => number;
  readonly joined?: {
    readonly type: 'add' | 'multiply';
    readonly values: readonly [Value, Value];
    readonly depth: number;
  };
}

export interface Scaling {
  readonly factor: readonly number[];
  readonly term: readonly number[];
}

/** Zeros around an image that the convolution or pooling after it takes over. */
export interface Padded {
  readonly kind: 'padded';
  readonly of: Value;
  /** By sides of the value's shape. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export const squeezed = (shape: readonly number[]): number[] => shape.filter((side) => side !== 1);
export const inOrder = (order: readonly number[]): boolean => order.every((side, index) => side === index);
const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** What a layer puts out, in its own order. */
export function valueOf(place: number, own: Shape, shape: readonly number[]): Value {
  const laid = squeezed(own);
  return { kind: 'value', place, own, shape, laid, order: upTo(laid.length) };
}

/** Whether the sides of a value are those of its layer, turned: not so where it was flattened in another order. */
export const hasSides = ({ shape, laid, order }: Value): boolean =>
  squeezed(shape).join() === order.map((side) => laid[side]).join();

/** The side of `laid` that a side of the value's shape is; undefined for one of 1. Its sides must be the layer's. */
export function laidSide({ shape, order }: Value, side: number): number | undefined {
  return shape[side] === 1 ? undefined : order[squeezed(shape.slice(0, side)).length];
}

/** The value in another shape; its values stay in their order. */
export function reshaped(value: Value, shape: readonly number[]): Value {
  const { laid, order } = value;
  if (inOrder(order)) {
    const sides = squeezed(shape);
    return { ...value, shape, laid: sides, order: upTo(sides.length) };
  }
  return { ...value, shape, ...(regrouped(laid, order, squeezed(shape)) ?? {}) };
}

/**
 * Sides that are divided or joined where they lie, though the sides are turned: [rows, columns, channels] of an image is
 * [rows * columns, channels] of one whose rows are joined. Undefined where they can't be.
 */
function regrouped(laid: readonly number[], order: readonly number[], wanted: readonly number[]) {
  const turned = order.map((side) => laid[side]);
  /** For each group of sides that lie together: the first of them in `laid`, and what they become. */
  const groups: { first: number; sides: number[] }[] = [];
  let [from, to] = [0, 0];
  while (from < turned.length || to < wanted.length) {
    if (from >= turned.length || to >= wanted.length) return undefined;
    let [fromEnd, toEnd] = [from + 1, to + 1];
    let [had, has] = [turned[from], wanted[to]];
    while (had !== has) {
      if (had < has) {
        if (fromEnd >= turned.length) return undefined;
        if (order[fromEnd] !== order[fromEnd - 1] + 1) return undefined;
        had *= turned[fromEnd++];
      } else {
        if (toEnd >= wanted.length) return undefined;
        has *= wanted[toEnd++];
      }
    }
    groups.push({ first: order[from], sides: wanted.slice(to, toEnd) });
    [from, to] = [fromEnd, toEnd];
  }
  const places = new Map<(typeof groups)[number], number>();
  const newLaid: number[] = [];
  for (const group of groups.toSorted((a, b) => a.first - b.first)) {
    places.set(group, newLaid.length);
    newLaid.push(...group.sides);
  }
  return { laid: newLaid, order: groups.flatMap((group) => group.sides.map((_, index) => places.get(group)! + index)) };
}

/** The value with its sides turned: side i is side `by[i]` of what it was. Its sides must be the layer's. */
export function turned(value: Value, by: readonly number[]): Value {
  const sides = by.map((side) => laidSide(value, side)).filter((side) => side !== undefined);
  return { ...value, shape: by.map((side) => value.shape[side]), order: sides };
}

/** Whether it is one number a unit: all sides but one are 1. */
export const isVector = ({ shape }: Value): boolean => Math.max(...shape, 1) === volume(shape);

/** The side of what the layer puts out, that a side of `laid` is, where these are the same but for sides of 1. */
export function ownSide({ own }: Value, laid: number): number {
  let side = -1;
  for (let found = -1; found < laid;) if (own[++side] !== 1) found += 1;
  return side;
}
