import type { Tensor } from '../../network/weights.ts';

/** A weight layer of a pretrained file, from the input upwards, before anything of it is read. */
export interface PretrainedLayer {
  /** As the file calls it. */
  readonly name: string;
  /** Convolution [filters, channels in / groups, kernel, kernel]; dense [units, inputs]. */
  readonly weightShape: readonly number[];
  /** Absent: it has none. */
  readonly biasShape?: readonly number[];
  /** Reads its numbers as float32. Throws a UserError, one clause, where they can't be had. */
  read(): { readonly weight: Tensor; readonly bias: Tensor };
}
