import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ModelProtoSchema, TensorProto_DataType as DataType } from '../../../src-main/engine/onnx/proto/onnx_pb.js';
import { Graph } from '../../../src-main/pretrained/onnx/graph.ts';
import { imageInput } from '../../../src-main/pretrained/onnx/input.ts';
import { modelOf } from '../../../src-main/pretrained/onnx/model.ts';
import { onnxNetwork } from '../../../src-main/pretrained/onnx/onnx.ts';
import { sameAsFile } from '../../../src-main/pretrained/onnx/verify.ts';
import { convolved, ending, model, ofConvolved, ofEnding } from './model.ts';

it('refuses a network that does not compute what its file does', async () => {
  const bytes = model({ nodes: [convolved('x', 'c'), ...ending('c')], constants: [...ofConvolved, ...ofEnding] });
  const network = await onnxNetwork(bytes, { name: 'model' });
  const parts = modelOf(bytes);
  const original = { model: parts, graph: new Graph(parts), input: imageInput(parts, undefined), scaling: undefined };
  await sameAsFile(network, original);
  const [name, { shape, data }] = [...network.weights].at(-1)!;
  const weights = new Map([...network.weights, [name, { shape, data: data.map((value) => 1.1 * value) }]]);
  await expect(sameAsFile({ ...network, weights }, original)).rejects.toThrow('does not compute what onnxruntime does');
});

it('compares a network that reads, holds and puts out 16 bits', async () => {
  const bytes = model({ nodes: [convolved('x', 'c'), ...ending('c')], constants: [...ofConvolved, ...ofEnding] });
  const parts = fromBinary(ModelProtoSchema, bytes);
  for (const one of [...parts.graph!.input, ...parts.graph!.output])
    if (one.type?.value.case === 'tensorType') one.type.value.value.elemType = DataType.FLOAT16;
  for (const tensor of parts.graph!.initializer) {
    const floats = new Float32Array(tensor.rawData.slice().buffer);
    const halves = new DataView(new ArrayBuffer(2 * floats.length));
    floats.forEach((value, at) => halves.setFloat16(2 * at, value, true));
    Object.assign(tensor, { dataType: DataType.FLOAT16, rawData: new Uint8Array(halves.buffer) });
  }
  const network = await onnxNetwork(toBinary(ModelProtoSchema, parts), { name: 'halves' });
  expect(network.classes).toBe(5);
});
