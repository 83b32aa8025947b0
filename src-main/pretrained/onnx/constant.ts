import { TensorProto_DataType as DataType, type TensorProto } from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';

/** A value that doesn't depend on the image. */
export interface Constant {
  readonly kind: 'constant';
  /** Whole numbers and truth values are kept as float64, exact to 2^53. */
  readonly type: 'float' | 'whole' | 'bool';
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Float64Array;
  /** The initialiser that it is, or is made of: `layer1.0.conv1.weight`. */
  readonly name?: string;
}

export const wholes = (values: readonly number[], shape: readonly number[] = [values.length]): Constant => ({
  ...{ kind: 'constant', type: 'whole', shape, data: Float64Array.from(values) },
});

const MOST_DIMENSIONS = 8;
const MOST_NAMED = 80;

/** How values of a type are stored: bytes each, and how one is read. */
interface Stored {
  readonly type: Constant['type'];
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  /** The list that has them where they are not raw. */
  readonly listed: (tensor: TensorProto) => readonly (number | bigint)[];
  /** What a number of the list stands for; absent: itself. */
  readonly ofListed?: (value: number) => number;
}

const BITS = new DataView(new ArrayBuffer(4));
const half = (bits: number): number => (BITS.setUint16(0, bits), BITS.getFloat16(0));
/** The upper half of a float32. */
const brainFloat = (bits: number): number => (BITS.setUint32(0, bits * 2 ** 16), BITS.getFloat32(0));

const float = (
  bytes: number,
  read: Stored['read'],
  listed: Stored['listed'],
  ofListed?: Stored['ofListed'],
): Stored => ({
  ...{ type: 'float', bytes, read, listed, ofListed },
});
const whole = (
  bytes: number,
  read: Stored['read'],
  listed: Stored['listed'] = ({ int32Data }) => int32Data,
): Stored => ({
  ...{ type: 'whole', bytes, read, listed },
});

const TYPES: Readonly<Partial<Record<DataType, Stored>>> = {
  [DataType.FLOAT]: float(
    4,
    (view, at) => view.getFloat32(at, true),
    ({ floatData }) => floatData,
  ),
  [DataType.DOUBLE]: float(
    8,
    (view, at) => view.getFloat64(at, true),
    ({ doubleData }) => doubleData,
  ),
  [DataType.FLOAT16]: float(
    2,
    (view, at) => view.getFloat16(at, true),
    ({ int32Data }) => int32Data,
    half,
  ),
  [DataType.BFLOAT16]: float(
    2,
    (view, at) => brainFloat(view.getUint16(at, true)),
    ({ int32Data }) => int32Data,
    brainFloat,
  ),
  [DataType.INT64]: whole(
    8,
    (view, at) => Number(view.getBigInt64(at, true)),
    ({ int64Data }) => int64Data,
  ),
  [DataType.UINT64]: whole(
    8,
    (view, at) => Number(view.getBigUint64(at, true)),
    ({ uint64Data }) => uint64Data,
  ),
  [DataType.INT32]: whole(4, (view, at) => view.getInt32(at, true)),
  [DataType.UINT32]: whole(
    4,
    (view, at) => view.getUint32(at, true),
    ({ uint64Data }) => uint64Data,
  ),
  [DataType.INT16]: whole(2, (view, at) => view.getInt16(at, true)),
  [DataType.UINT16]: whole(2, (view, at) => view.getUint16(at, true)),
  [DataType.INT8]: whole(1, (view, at) => view.getInt8(at)),
  [DataType.UINT8]: whole(1, (view, at) => view.getUint8(at)),
  [DataType.BOOL]: { ...whole(1, (view, at) => Number(view.getUint8(at) !== 0)), type: 'bool' },
};

/** The type of values that an ONNX type number stands for; undefined for texts, complex numbers and the like. */
export const typeOf = (type: number): Constant['type'] | undefined => TYPES[type as DataType]?.type;

/**
 * A tensor of a model. Memory is allocated for the values that are there, not for those that a shape claims. Throws a
 * UserError, one clause.
 */
export function constantOf(tensor: TensorProto): Constant {
  const { name } = tensor;
  const label = name === '' ? 'constant' : name.slice(0, MOST_NAMED);
  const stored = TYPES[tensor.dataType as DataType];
  if (!stored) {
    const type = (DataType[tensor.dataType] as string | undefined) ?? `number ${tensor.dataType}`;
    throw new UserError(`its ${label} is of type ${type}, not of floating point or whole numbers; save it as float32`);
  }
  const shape = tensor.dims.map(Number);
  if (shape.length > MOST_DIMENSIONS || !shape.every((side) => Number.isSafeInteger(side) && side >= 0))
    throw new UserError(`its ${label} has a shape that no network has`);
  const values = shape.reduce((product, side) => product * side, 1);
  const wrong = () => new UserError(`the number of values of its ${label} differs from their shape`);
  const Values = stored.type === 'float' ? Float32Array : Float64Array;
  const raw = tensor.rawData;
  let data: Float32Array | Float64Array;
  if (raw.length > 0) {
    if (raw.length !== values * stored.bytes) throw wrong();
    data = tensor.dataType === (DataType.FLOAT as number) ? floats(raw) : new Values(values);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    if (tensor.dataType !== (DataType.FLOAT as number))
      for (let i = 0; i < values; i++) data[i] = stored.read(view, i * stored.bytes);
  } else {
    const { ofListed = (value: number) => value } = stored;
    const listed = stored.listed(tensor);
    if (listed.length !== values) throw wrong();
    data = new Values(values);
    for (let i = 0; i < values; i++) data[i] = ofListed(Number(listed[i]));
  }
  return { kind: 'constant', type: stored.type, shape, data, ...(name !== '' && { name }) };
}

/** Little-endian bytes as floats, copied so that they lie on whole ones; every processor that runs us is little-endian. */
const floats = (bytes: Uint8Array): Float32Array => new Float32Array(new Uint8Array(bytes).buffer);
