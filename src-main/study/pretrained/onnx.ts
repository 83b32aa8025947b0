import { fromBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../network/weights.ts';
import { FLOAT_BYTES, floatsOf, type FloatType, type PretrainedLayer } from './layer.ts';

const FLOATS: Readonly<Partial<Record<DataType, FloatType>>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
};

/**
 * The weight layers of an ONNX model in the order of its nodes: Conv, Gemm, and MatMul with the Add after it
 * (https://onnx.ai/onnx/operators), whose weights are initialisers or constants. The model is read as data, never run.
 * Throws a UserError, one clause: files are hostile.
 */
export function onnxLayers(bytes: Uint8Array): PretrainedLayer[] {
  const graph = graphOf(bytes);
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.node) {
    const value = node.opType === 'Constant' && node.attribute.find(({ name }) => name === 'value')?.t;
    if (value && node.output.length > 0) constants.set(node.output[0], value);
  }
  return graph.node.flatMap((node) => layerOf(node, graph, constants) ?? []);
}

function graphOf(bytes: Uint8Array): GraphProto {
  let graph: GraphProto | undefined;
  try {
    graph = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false }).graph;
  } catch (cause) {
    throw new UserError('it is neither safetensors nor an ONNX model', { cause });
  }
  if (!graph || graph.node.length === 0) throw new UserError('it is neither safetensors nor an ONNX model');
  return graph;
}

function layerOf(
  node: NodeProto,
  graph: GraphProto,
  constants: ReadonlyMap<string, TensorProto>,
): PretrainedLayer | undefined {
  const [, second, third] = node.input;
  const weight = constants.get(second);
  if (!weight) return undefined;
  switch (node.opType) {
    case 'Conv':
      return layer(node, weight, constants.get(third), false);
    case 'Gemm':
      return layer(node, weight, constants.get(third), number(node, 'transB', 0) === 0);
    case 'MatMul': {
      const added = graph.node.find(({ opType, input }) => opType === 'Add' && input.includes(node.output[0]));
      const bias = added?.input.map((name) => constants.get(name)).find((tensor) => tensor);
      return layer(node, weight, bias, true);
    }
    default:
      return undefined;
  }
}

/** @param turned whether a dense layer's weights are [inputs, units] */
function layer(node: NodeProto, weight: TensorProto, bias: TensorProto | undefined, turned: boolean): PretrainedLayer {
  const shape = shapeOf(weight);
  const name = node.name || node.opType;
  return {
    name,
    weightShape: turned ? shape.toReversed() : shape,
    biasShape: bias && shapeOf(bias),
    read() {
      if (node.opType === 'Gemm' && (number(node, 'alpha', 1) !== 1 || number(node, 'beta', 1) !== 1))
        throw new UserError(`its layer ${name} multiplies its weights with a number`);
      const values = { shape, data: dataOf(weight, name) };
      return {
        weight: turned ? transposed(values) : values,
        bias: { shape: shapeOf(bias!), data: dataOf(bias!, name) },
      };
    },
  };
}

function number(node: NodeProto, attribute: string, usual: number): number {
  const found = node.attribute.find(({ name }) => name === attribute);
  if (!found) return usual;
  return attribute.startsWith('trans') ? Number(found.i) : found.f;
}

const shapeOf = ({ dims }: TensorProto): number[] => dims.map(Number);

/** Memory is allocated for the values that are there, not for those that a shape claims. */
function dataOf(tensor: TensorProto, layer: string): Float32Array {
  const type = FLOATS[tensor.dataType as DataType];
  if (!type) throw new UserError(`the weights of its layer ${layer} are not floating point numbers of 32 or 16 bits`);
  if (tensor.dataLocation === DataLocation.EXTERNAL)
    throw new UserError(`the weights of its layer ${layer} are in another file: save the model as one file`);
  const values = shapeOf(tensor).reduce((product, size) => product * size, 1);
  const data = tensor.rawData.length > 0 ? rawValues(tensor.rawData, type) : listedValues(tensor, type);
  if (data?.length !== values)
    throw new UserError(`the number of weights of its layer ${layer} differs from their shape`);
  return data;
}

const rawValues = (bytes: Uint8Array, type: FloatType): Float32Array | undefined =>
  bytes.length % FLOAT_BYTES[type] === 0 ? floatsOf(bytes, type) : undefined;

/** Each value of 16 bits is a whole number in the list. */
function listedValues({ floatData, int32Data }: TensorProto, type: FloatType): Float32Array {
  return type === 'float32'
    ? Float32Array.from(floatData)
    : floatsOf(new Uint8Array(Uint16Array.from(int32Data).buffer), type);
}

function transposed({ shape: [rows, columns], data }: Tensor): Tensor {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column];
  return { shape: [columns, rows], data: turned };
}
