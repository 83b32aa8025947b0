import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto/onnx_pb.js';

/** `number` is an INT, `number[]` an INTS, `string` a STRING, `{ float }` a FLOAT. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** float64 is only for checks of gradients: onnxruntime's convolutions and poolings have no kernels for it. */
export type ElementType = 'float32' | 'float64';
export type TensorType = ElementType | 'int32' | 'int64' | 'bool';

export const DATA_TYPES: Record<TensorType, DataType> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

export function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** A dimension given as text may have any size; without a shape, a value may have any. */
export function valueInfo(
  name: string,
  shape: readonly (number | string)[] | undefined,
  type: TensorType,
): ValueInfoProto {
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: DATA_TYPES[type], shape: dim && { dim } } } },
  });
}

/** A constant. Its bytes are `data` itself, not a copy of it. */
export function tensorProto(
  name: string,
  type: TensorType,
  shape: readonly number[],
  data: Float32Array | Float64Array | Int32Array | BigInt64Array,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DATA_TYPES[type],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}
