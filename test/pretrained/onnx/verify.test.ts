import { expect, it } from 'vitest';
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
