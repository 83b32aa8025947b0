/** A tensor of a file whose values are not read yet. */
export interface NamedTensor {
  readonly shape: readonly number[];
  /** Its values as float32, row-major. Throws a UserError, one clause, where they are not floating point numbers. */
  read(): Float32Array;
}

/** Tensors by the names that their file has for them. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

/** The tensors of a network without its graph. */
export interface StateDict {
  readonly tensors: NamedTensors;
  /** What was left out or chosen, a sentence each. */
  readonly notes: readonly string[];
}
