import type { Tensor } from '../network/weights.ts';

/** A weight layer of a pretrained file, from the input upwards, before anything of it is read. */
export interface PretrainedLayer {
  /** The name in the file. */
  readonly name: string;
  /** Convolution [filters, channels in / groups, kernel, kernel]; dense [units, inputs]. */
  readonly weightShape: readonly number[];
  /** Absent if it has no bias. */
  readonly biasShape?: readonly number[];
  /** Reads its numbers as float32. Throws a UserError, one clause, if they can't be read. */
  read(): { readonly weight: Tensor; readonly bias: Tensor };
}

/** How numbers of a file are stored; what is read is float32. */
export type FloatType = 'float32' | 'float16' | 'bfloat16' | 'float64';

export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2, bfloat16: 2, float64: 8 };

/** Little-endian floats as float32; float16 and bfloat16 are exact in it, float64 is rounded. */
export function floatsOf(bytes: Uint8Array, type: FloatType): Float32Array {
  const size = FLOAT_BYTES[type];
  const values = new Float32Array(Math.floor(bytes.length / size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[type];
  for (let i = 0; i < values.length; i++) values[i] = read(view, size * i);
  return values;
}

const READERS: Readonly<Record<FloatType, (view: DataView, place: number) => number>> = {
  float32: (view, place) => view.getFloat32(place, true),
  float16: (view, place) => view.getFloat16(place, true),
  bfloat16: (view, place) => bfloat16(view.getUint16(place, true)),
  float64: (view, place) => view.getFloat64(place, true),
};

const BITS = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16(half: number): number {
  BITS.setUint32(0, half * 2 ** 16);
  return BITS.getFloat32(0);
}
