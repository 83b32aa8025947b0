import { volume } from '../../network/layers/layer.ts';
import { wholes, type Constant } from './constant.ts';
import type { Node } from './node.ts';

// What operators make of shapes, of constants and of values alike.

/** The values of a list of whole numbers: an input or, in older operator sets, a setting. */
export function wholesOf(node: Node, input: Constant | undefined, attribute: string): number[] | undefined {
  if (input) return [...input.data];
  return node.ints(attribute) ?? (node.has(attribute) ? [node.int(attribute, 0)] : undefined);
}

/** Counted from the end where it is negative. */
export const place = (side: number, sides: number): number => (side < 0 ? side + sides : side);

/** The shape that Reshape gives: 0 stands for the input's side, -1 for what remains. */
export function reshapedTo(node: Node, shape: readonly number[], wanted: readonly number[]): number[] {
  const keeps = node.int('allowzero', 0) === 0;
  const sides = wanted.map((side, index) => (side === 0 && keeps ? (shape[index] ?? 0) : side));
  const known = volume(sides.filter((side) => side !== -1));
  const result = sides.map((side) => (side === -1 ? volume(shape) / known : side));
  const isWhole = result.every((side) => Number.isSafeInteger(side) && side >= 0);
  if (!isWhole || volume(result) !== volume(shape))
    throw node.wrong(`can't shape ${shape.join('x')} values to ${wanted.join('x')}`);
  return result;
}

/** Without sides of 1: these, or all. */
export function squeezedBy(shape: readonly number[], axes: readonly number[] | undefined): number[] {
  const gone = new Set(axes?.map((axis) => place(axis, shape.length)));
  return shape.filter((side, index) => (axes ? !gone.has(index) : side !== 1));
}

/** With sides of 1 at these places of the result. */
export function unsqueezedBy(shape: readonly number[], axes: readonly number[]): number[] {
  const sides = shape.length + axes.length;
  const added = new Set(axes.map((axis) => place(axis, sides)));
  const rest = shape.values();
  return Array.from({ length: sides }, (_, side) => (added.has(side) ? 1 : rest.next().value!));
}

/** One side of a Slice: the places from `start` on, `size` of them, `step` apart. */
export interface Part {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** What Slice takes, side by side; its settings are inputs from operator set 10 on. */
export function partsOf(node: Node, shape: readonly number[], inputs: readonly (Constant | undefined)[]): Part[] {
  const [, first, last, along, steps] = inputs;
  const starts = wholesOf(node, first, 'starts') ?? [];
  const ends = wholesOf(node, last, 'ends') ?? [];
  const axes = wholesOf(node, along, 'axes') ?? starts.map((_, index) => index);
  return axes.map((axis, index) => {
    const side = place(axis, shape.length);
    const size = shape[side];
    const step = steps ? steps.data[index] : 1;
    if (size === undefined || !(Math.abs(step) >= 1)) throw node.wrong('slices along a side that there is not');
    const within = (at: number) => (at < 0 ? at + size : at);
    const clamp = (at: number, least: number, most: number) => Math.max(least, Math.min(most, at));
    const [start, end] =
      step > 0
        ? [clamp(within(starts[index]), 0, size), clamp(within(ends[index]), 0, size)]
        : [clamp(within(starts[index]), 0, size - 1), clamp(within(ends[index]), -1, size - 1)];
    return { axis: side, start, size: Math.max(0, Math.ceil((end - start) / step)), step };
  });
}

/** Sizes of the parts that Split makes. */
export function splitSizes(node: Node, size: number, input: Constant | undefined): number[] {
  const given = wholesOf(node, input, 'split');
  if (given) return given;
  const parts = node.int('num_outputs', node.outputs.length);
  const each = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, part) => Math.max(0, Math.min(each, size - part * each)));
}

/** What Shape says of a value: all of its sides, or those from `start` to `end`. */
export function shapeOf(node: Node, shape: readonly number[]): Constant {
  return wholes(shape.slice(node.int('start', 0), node.has('end') ? node.int('end') : undefined));
}
