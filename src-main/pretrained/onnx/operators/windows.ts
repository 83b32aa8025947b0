import type { Padded, Value } from '../value.ts';
import { valueAt, type Step } from './step.ts';

/** Zeros above, left, below and right of an image. */
export type Sides = readonly [number, number, number, number];

/** What slides over an image: its one side, its steps, and where it begins. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: Sides;
}

/** The image that a window slides over, and zeros that the nodes before put around it. */
export function imageAt(step: Step): { readonly image: Value; readonly around: Sides } {
  const { node, inputs, builder } = step;
  const [input] = inputs;
  if (input?.kind !== 'padded') return { image: builder.image(node, valueAt(step, 0)), around: [0, 0, 0, 0] };
  const { of, before, after } = input;
  return { image: builder.image(node, of), around: aroundImage(step, input, before, after) };
}

function aroundImage({ node }: Step, { of }: Padded, before: readonly number[], after: readonly number[]): Sides {
  if (of.shape.length !== 4 || [...before.slice(0, 2), ...after.slice(0, 2)].some((zeros) => zeros !== 0))
    throw node.wrong('reads zeros that are not around the rows and columns of an image');
  return [before[2], before[3], after[2], after[3]];
}

/** The window of a node over an image of so many rows and columns, zeros before it included. */
export function windowOf({ node }: Step, kernels: readonly number[], rows: number, columns: number): Window {
  const square = (name: string, values: readonly number[]): number => {
    if (values.length !== 2) throw node.wrong('slides over a sound or a volume, and not over an image');
    if (values[0] !== values[1])
      throw node.wrong(`has a ${name} of ${values.join('x')}, and only square ones are there`);
    return values[0];
  };
  const kernel = square('kernel', kernels);
  const stride = square('stride', node.ints('strides') ?? [1, 1]);
  const dilation = square('dilation', node.ints('dilations') ?? [1, 1]);
  return { kernel, stride, dilation, pad: padOf(node, { kernel, stride, dilation }, rows, columns) };
}

/** `SAME_UPPER`: as many positions as image / stride, the odd zero below and to the right; `SAME_LOWER`: above and to the left. */
function padOf(
  node: Step['node'],
  { kernel, stride, dilation }: Omit<Window, 'pad'>,
  rows: number,
  columns: number,
): Sides {
  const auto = node.text('auto_pad', 'NOTSET');
  if (auto === 'VALID') return [0, 0, 0, 0];
  if (auto === 'NOTSET') {
    const pads = node.ints('pads') ?? [0, 0, 0, 0];
    if (pads.length !== 4) throw node.wrong('has padding that is not around an image');
    return [pads[0], pads[1], pads[2], pads[3]];
  }
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER')
    throw node.wrong(`pads by ${auto.slice(0, 20)}, which is not known`);
  const reach = dilation * (kernel - 1) + 1;
  const halves = (size: number): [number, number] => {
    const zeros = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    const less = Math.floor(zeros / 2);
    return auto === 'SAME_UPPER' ? [less, zeros - less] : [zeros - less, less];
  };
  const [[top, bottom], [left, right]] = [halves(rows), halves(columns)];
  return [top, left, bottom, right];
}

/** Padding as a network states it: one number where all sides are alike. */
export const padding = (pad: Sides): number | number[] => (new Set(pad).size === 1 ? pad[0] : [...pad]);

export const sum = (one: Sides, other: Sides): Sides => [
  one[0] + other[0],
  one[1] + other[1],
  one[2] + other[2],
  one[3] + other[3],
];
