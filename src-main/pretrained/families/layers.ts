import { UserError } from '../../errors.ts';
import { PLAIN } from '../../network/resnet.ts';
import type { EntryInput } from '../../network/spec.ts';
import type { NamedTensor, NamedTensors } from '../tensors.ts';

interface ConvSettings {
  readonly stride?: number;
  /** Absent: so much that stride 1 keeps rows and columns. */
  readonly pad?: number | [number, number, number, number];
  readonly groups?: number;
}

/** Layers whose sizes are those of the tensors under their names; `path` stands before the names of a block's. */
export class Shaped {
  readonly tensors: NamedTensors;
  readonly path: string;

  constructor(tensors: NamedTensors, path = '') {
    this.tensors = tensors;
    this.path = path;
  }

  /** The same tensors, as the layers in a block name them. */
  in(block: string): Shaped {
    return new Shaped(this.tensors, `${this.path}${block}.`);
  }

  has(name: string): boolean {
    return this.tensors.has(this.path + name);
  }

  /** Throws a UserError, one clause, where there is no such tensor. */
  shape(name: string, sides?: number): readonly number[] {
    const found = this.tensors.get(this.path + name);
    if (!found) throw new UserError(`it has no ${this.path}${name}, which networks of its names have`);
    if (sides !== undefined && found.shape.length !== sides)
      throw new UserError(`its ${this.path}${name} has the shape ${found.shape.join('x')}, which is no weight's there`);
    return found.shape;
  }

  /** How many of `name0`, `name1` ... there are, one after the other. */
  count(name: string, first = 0): number {
    const numbers = new Set(
      [...this.tensors.keys()]
        .filter((each) => each.startsWith(this.path + name))
        .map((each) => Number.parseInt(each.slice(this.path.length + name.length), 10)),
    );
    let count = 0;
    while (numbers.has(first + count)) count += 1;
    return count;
  }

  conv(name: string, { stride = 1, pad, groups = 1 }: ConvSettings = {}): EntryInput {
    const [filters, , kernel] = this.shape(`${name}.weight`, 4);
    const zeros = pad ?? (kernel - 1) / 2;
    const bias = this.has(`${name}.bias`) ? {} : { bias: false };
    return { type: 'conv', name, filters, kernel, stride, pad: zeros, groups, ...bias, multipliers: PLAIN };
  }

  /** A convolution of each channel by itself. */
  depthwise(name: string, settings: ConvSettings = {}): EntryInput {
    return this.conv(name, { ...settings, groups: this.shape(`${name}.weight`, 4)[0] });
  }

  /** A dense layer below the last. */
  dense(name: string, over?: 'last'): EntryInput {
    const [units] = this.shape(`${name}.weight`);
    const bias = this.has(`${name}.bias`) ? {} : { bias: false };
    return { type: 'dense', name, units, ...(over && { over }), ...bias, multipliers: PLAIN };
  }

  /** The last layer, with a unit for each class; a new one where the file has none. */
  head(name: string): EntryInput {
    const bias = this.has(`${name}.bias`) || !this.has(`${name}.weight`) ? {} : { bias: false };
    return { type: 'dense', name, ...bias, init: { weight: { kind: 'xavier' }, bias: 0 }, multipliers: PLAIN };
  }
}

export const globalPool: EntryInput = { type: 'global-pool' };

/** Batch norm with its family's settings, by default PyTorch's. */
export const batchNorm = (name: string, settings: { epsilon?: number; momentum?: number } = {}): EntryInput => ({
  type: 'batch-norm',
  name,
  ...settings,
});

/** The tensors under other names; several tensors of one name are one of them. */
export function renamed(tensors: NamedTensors, to: (name: string) => string): NamedTensors {
  return new Map([...tensors].map(([name, tensor]): [string, NamedTensor] => [to(name), tensor]));
}
