import type { UserError } from '../../../errors.ts';
import type { Builder } from '../builder.ts';
import type { Constant } from '../constant.ts';
import type { Node } from '../node.ts';
import type { Padded, Value } from '../value.ts';

/** What can't be read, unless the nodes after it show what it is a part of. */
interface Unknown {
  readonly kind: 'unknown';
  readonly why: UserError;
}

export type Operand = Value | Constant | Padded | Unknown;

/** A node that reads at least one value that depends on the image. */
export interface Step {
  readonly node: Node;
  readonly inputs: readonly (Operand | undefined)[];
  readonly builder: Builder;
  /** The node that made a value, and what it read; undefined: the images and constants of the file. */
  readonly maker: (name: string) => Pick<Step, 'node' | 'inputs'> | undefined;
  /** How many nodes read a value. */
  readonly readers: (name: string) => number;
}

export type Operator = (step: Step) => Operand | readonly Operand[];

/** An input that depends on the image. */
export function valueAt({ node, inputs }: Step, place: number): Value {
  const input = inputs[place];
  if (input?.kind === 'value') return input;
  if (input?.kind === 'unknown') throw input.why;
  if (input?.kind === 'padded')
    throw node.wrong('reads an image with zeros around it, which only convolutions and pooling do here');
  throw node.wrong(input ? `reads a constant as its input ${place + 1}` : 'lacks an input');
}

/** An input that doesn't; undefined where there is none. */
export function constantAt({ node, inputs }: Step, place: number): Constant | undefined {
  const input = inputs[place];
  if (input === undefined || input.kind === 'constant') return input;
  throw node.wrong(`has an input ${place + 1} that depends on the image, and needs a constant there`);
}

export function neededConstant(step: Step, place: number): Constant {
  const constant = constantAt(step, place);
  if (!constant) throw step.node.wrong('lacks its weights');
  return constant;
}

/** The axis of a value that a setting names, which may be counted from the end. */
export function axisOf({ node }: Step, { shape }: Pick<Value, 'shape'>, axis: number): number {
  const counted = axis < 0 ? axis + shape.length : axis;
  if (shape[counted] === undefined) throw node.wrong(`is along side ${axis} of ${shape.join('x')}, which there is not`);
  return counted;
}

/** One number a unit, [size]. */
export function perUnit({ node }: Step, constant: Constant, size: number): { shape: number[]; data: Float32Array } {
  if (constant.data.length !== size)
    throw node.wrong(`has ${constant.data.length} numbers where it needs one for each of ${size} units`);
  return { shape: [size], data: new Float32Array(constant.data) };
}
