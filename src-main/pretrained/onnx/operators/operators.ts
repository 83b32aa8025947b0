import { erf, FUNCTIONS } from '../pointwise.ts';
import { convolution } from './convolution.ts';
import { gemm, matrixProduct } from './dense.ts';
import { arithmetic, clip, functionOf, prelu, settingOf, softmax } from './elementwise.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm, localResponseNorm } from './normalisation.ts';
import { globalAveragePool, globalMaxPool, pooling, reduction } from './pooling.ts';
import * as shaping from './shaping.ts';
import type { Operator } from './step.ts';

/** Every operator of ONNX that a value may go through on its way to the classes (https://onnx.ai/onnx/operators). */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Conv: convolution,
  Gemm: gemm,
  MatMul: matrixProduct,
  MaxPool: pooling('max'),
  AveragePool: pooling('average'),
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  ReduceMean: reduction('mean'),
  ReduceSum: reduction('sum'),
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  GroupNormalization: groupNorm,
  InstanceNormalization: instanceNorm,
  LRN: localResponseNorm,
  Add: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Mul: arithmetic('Mul'),
  Div: arithmetic('Div'),
  Pow: arithmetic('Pow'),
  Min: arithmetic('Min'),
  Max: arithmetic('Max'),
  ...Object.fromEntries(Object.keys(FUNCTIONS).map((name) => [name, functionOf(name)])),
  Clip: clip,
  PRelu: prelu,
  LeakyRelu: settingOf(({ node }) => {
    const slope = node.float('alpha', 0.01);
    return (x) => (x < 0 ? slope * x : x);
  }),
  Elu: settingOf(({ node }) => {
    const alpha = node.float('alpha', 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  }),
  HardSigmoid: settingOf(({ node }) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return (x) => Math.min(1, Math.max(0, alpha * x + beta));
  }),
  Gelu: settingOf(({ node }) =>
    node.text('approximate', 'none') === 'tanh'
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  ),
  Swish: settingOf(({ node }) => {
    const alpha = node.float('alpha', 1);
    return (x) => x / (1 + Math.exp(-alpha * x));
  }),
  Softmax: softmax,
  Reshape: shaping.reshape,
  Flatten: shaping.flatten,
  Squeeze: shaping.squeeze,
  Unsqueeze: shaping.unsqueeze,
  Expand: shaping.expand,
  Transpose: shaping.transpose,
  Slice: shaping.slice,
  Gather: shaping.gather,
  Split: shaping.split,
  Concat: shaping.concat,
  Pad: shaping.pad,
  Shape: shaping.shape,
  Size: shaping.size,
  Identity: shaping.same,
  Dropout: shaping.same,
  Cast: shaping.cast,
};
