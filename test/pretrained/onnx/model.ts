import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from '../../../src-main/engine/onnx/proto/onnx_pb.js';
import { attributeProto, tensorProto, valueInfo, type Attribute } from '../../../src-main/engine/onnx/protobuf.ts';
import { RandomStream } from '../../../src-main/random.ts';

/** A node named after its output. */
export const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto =>
  create(NodeProtoSchema, {
    ...{ opType, name: output, input: [...input], output: output.split(',') },
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  });

export const floats = (name: string, shape: readonly number[], values: readonly number[]): TensorProto =>
  tensorProto(name, 'float32', shape, Float32Array.from(values));

export const wholes = (name: string, ...values: readonly number[]): TensorProto =>
  tensorProto(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));

/** Noise that its name and shape give. */
export function noise(name: string, ...shape: readonly number[]): TensorProto {
  const stream = new RandomStream('onnx', name, shape.join());
  const size = shape.reduce((product, side) => product * side, 1);
  return tensorProto(
    name,
    'float32',
    shape,
    Float32Array.from({ length: size }, () => 0.3 * stream.gaussian()),
  );
}

export const raw = (name: string, type: DataType, shape: readonly number[], bytes: Uint8Array): TensorProto =>
  create(TensorProtoSchema, { name, dataType: type, dims: shape.map(BigInt), rawData: bytes });

interface Graph {
  readonly nodes: readonly NodeProto[];
  readonly constants?: readonly TensorProto[];
  readonly inputs?: readonly (readonly [string, readonly (number | string)[]])[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of a model that reads `x` [N, 3, 8, 8] and puts out `y`, unless said otherwise. */
export function model({
  nodes,
  constants = [],
  inputs,
  outputs = ['y'],
  opset = 17,
  metadata = {},
}: Graph): Uint8Array {
  const given = inputs ?? [['x', ['N', 3, 8, 8]] as const];
  const graph = create(GraphProtoSchema, {
    ...{ name: 'graph', node: [...nodes], initializer: [...constants] },
    input: given.map(([name, shape]) => valueInfo(name, shape, 'float32')),
    output: outputs.map((name) => valueInfo(name, undefined, 'float32')),
  });
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: BigInt(opset) }],
      graph,
      metadataProps,
    }),
  );
}

/** The end of a small classifier: `of` [N, 4, 8, 8] is averaged and goes through a dense layer of five classes. */
export const ending = (of: string): NodeProto[] => [
  node('GlobalAveragePool', [of], 'pooled'),
  node('Flatten', ['pooled'], 'flat'),
  node('Gemm', ['flat', 'fc.weight', 'fc.bias'], 'y', { transB: 1 }),
];
export const ofEnding = [noise('fc.weight', 5, 4), noise('fc.bias', 5)];
export const convolved = (x: string, y: string): NodeProto =>
  node('Conv', [x, 'conv.weight', 'conv.bias'], y, { pads: [1, 1, 1, 1] });
export const ofConvolved = [noise('conv.weight', 4, 3, 3, 3), noise('conv.bias', 4)];
