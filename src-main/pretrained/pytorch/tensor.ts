import { UserError } from '../../errors.ts';
import { floatsOf, type FloatType } from '../layer.ts';
import type { NamedTensor } from '../tensors.ts';
import { damaged } from '../../data/pickle.ts';

/** What a storage's numbers are; only some can be weights. */
export interface NumberType {
  readonly bytes: number;
  /** Absent: whole numbers and others that no weights are. */
  readonly float?: FloatType;
}

/** Numbers in a row, which one tensor or several look at. */
export class Storage {
  readonly numbers: NumberType;
  readonly length: number;
  /** Their bytes, once they have been found: in the old format they come after all tensors. */
  bytes: Uint8Array | undefined;

  constructor(numbers: NumberType, length: number) {
    this.numbers = numbers;
    this.length = length;
  }
}

/** Sides of a tensor, at most. */
const MOST_SIDES = 8;

/** Some numbers of a storage in the order of a shape: number [i, j] lies at offset + i * strides[0] + j * strides[1]. */
export class PickledTensor implements NamedTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  get size(): number {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  /** The place of its last number in the storage. */
  get last(): number {
    return this.shape.reduce((place, side, i) => place + (side - 1) * this.strides[i], this.offset);
  }

  read(): Float32Array {
    const { float, bytes } = this.storage.numbers;
    if (!float) throw new UserError('it has whole numbers for weights');
    const stored = this.storage.bytes;
    if (!stored) throw damaged();
    const { size, offset } = this;
    const isInOrder = this.strides.every(
      (stride, side) =>
        this.shape[side] === 1 || stride === this.shape.slice(side + 1).reduce((product, one) => product * one, 1),
    );
    if (isInOrder || size === 0) return floatsOf(stored.subarray(bytes * offset, bytes * (offset + size)), float);
    const all = floatsOf(stored.subarray(bytes * offset, bytes * (this.last + 1)), float);
    const values = new Float32Array(size);
    const at = this.shape.map(() => 0);
    for (let place = 0, from = 0; place < size; place++) {
      values[place] = all[from];
      for (let side = at.length - 1; side >= 0; side--) {
        at[side] += 1;
        from += this.strides[side];
        if (at[side] < this.shape[side]) break;
        from -= at[side] * this.strides[side];
        at[side] = 0;
      }
    }
    return values;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MOST_SIDES && value.every(isCount);

/**
 * torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, ...). Throws a UserError, one clause, where it looks at more
 * than its storage has: memory follows from what is there, not from what is claimed.
 */
export function rebuiltTensor([storage, offset, shape, strides]: readonly unknown[]): PickledTensor {
  if (!(storage instanceof Storage) || !isCount(offset) || !isShape(shape) || !isShape(strides)) throw damaged();
  if (shape.length !== strides.length) throw damaged();
  const tensor = new PickledTensor(storage, offset, [...shape], [...strides]);
  if (tensor.size > storage.length || (tensor.size > 0 && tensor.last >= storage.length))
    throw new UserError(`it has a tensor of ${shape.join('x')}, which is more than it holds`);
  return tensor;
}
