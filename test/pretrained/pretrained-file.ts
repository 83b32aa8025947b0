import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, OperatorSetIdProtoSchema } from '../../src-main/engine/onnx/proto/onnx_pb.js';
import { StandardGraph } from '../../src-main/engine/onnx/standard/graph.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { initialWeights, type Tensor, type Weights } from '../../src-main/network/weights.ts';
import { encodeSafetensors } from '../../src-main/store/safetensors.ts';
import { tinyNetwork } from '../study/tiny-study.ts';

/** The tiny network as somebody else trained it. */
export const foreignWeights: Weights = initialWeights(
  resolveNetwork(networkSchema.parse(tinyNetwork), 2),
  'pretrained',
);

export const safetensors = (tensors: Iterable<readonly [string, Tensor]>): Buffer =>
  Buffer.concat(encodeSafetensors(new Map(tensors), {}));

function turned({ shape: [rows, columns], data }: Tensor): Tensor {
  return { shape: [columns, rows], data: data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]) };
}

/** Its first two layers as other programs write them: with weights as they are, or the other way round. */
export function onnxModel(dense: 'Gemm' | 'turned Gemm' | 'MatMul', weights: Weights = foreignWeights): Uint8Array {
  const of = (name: string): Tensor => weights.get(name)!;
  const graph = new StandardGraph();
  const constant = (name: string, { shape, data }: Tensor) => graph.constant(name, shape, data);
  const x = graph.input('x', ['N', 3, 8, 8], 'images');
  const y = graph.node('first', 'Conv', [x, constant('w1', of('conv1.weight')), constant('b1', of('conv1.bias'))]);
  const flat = graph.node('flat', 'Flatten', [graph.node('relu', 'Relu', [y])], { axis: 1 });
  const bias = constant('b2', of('fc2.bias'));
  const weight = of('fc2.weight');
  if (dense === 'Gemm') graph.node('second', 'Gemm', [flat, constant('w2', weight), bias], { transB: 1 });
  else if (dense === 'turned Gemm') graph.node('second', 'Gemm', [flat, constant('w2', turned(weight)), bias]);
  else graph.node('sum', 'Add', [bias, graph.node('second', 'MatMul', [flat, constant('w2', turned(weight))])]);
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 21n })];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 10n, opsetImport, graph: graph.proto('any') }),
  );
}
