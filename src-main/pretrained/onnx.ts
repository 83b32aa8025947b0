import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../errors.ts';
import type { Tensor } from '../network/weights.ts';
import { FLOAT_BYTES, floatsOf, type FloatType, type PretrainedLayer } from './layer.ts';
import { modelOf } from './onnx/model.ts';

const FLOATS: Readonly<Partial<Record<DataType, FloatType>>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
};

/** Dimensions of weights that are looked at. */
const MOST_DIMENSIONS = 8;

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
  const sums = sumsByTerm(graph.node);
  return graph.node.flatMap((node) => layerOf(node, constants, sums) ?? []);
}

/** The first Add of each value. It has two terms. */
function sumsByTerm(nodes: readonly NodeProto[]): ReadonlyMap<string, NodeProto> {
  const sums = new Map<string, NodeProto>();
  for (const node of nodes)
    if (node.opType === 'Add') for (const term of node.input.slice(0, 2)) if (!sums.has(term)) sums.set(term, node);
  return sums;
}

const NEITHER = 'it is neither safetensors nor an ONNX model';

function graphOf(bytes: Uint8Array): GraphProto {
  const { graph } = modelOf(bytes, NEITHER);
  if (!graph || graph.node.length === 0) throw new UserError(NEITHER);
  return graph;
}

function layerOf(
  node: NodeProto,
  constants: ReadonlyMap<string, TensorProto>,
  sums: ReadonlyMap<string, NodeProto>,
): PretrainedLayer | undefined {
  const [, second, third] = node.input;
  const weight = constants.get(second);
  if (!weight || weight.dims.length > MOST_DIMENSIONS) return undefined;
  switch (node.opType) {
    case 'Conv':
      return layer(node, weight, constants.get(third), false);
    case 'Gemm':
      return layer(node, weight, constants.get(third), number(node, 'transB', 0) === 0);
    case 'MatMul': {
      const terms = sums.get(node.output[0])?.input.slice(0, 2) ?? [];
      const bias = terms.map((name) => constants.get(name)).find((tensor) => tensor);
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
    biasShape: bias && bias.dims.length <= MOST_DIMENSIONS ? shapeOf(bias) : undefined,
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
