import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerType } from '../../../network/layers/layers.ts';
import type { Layer } from '../../../network/network.ts';
import type { Tf } from '../backend.ts';
import * as activation from './activation.ts';
import { convolution } from './convolution.ts';
import { dense } from './dense.ts';
import { add, concat, matrixProduct, multiply } from './joining.ts';
import type { LayerFunction, LayerInputs } from './layer.ts';
import { batchNorm, groupNorm, layerNorm, lrn } from './normalisation.ts';
import { globalPooling, pooling } from './pooling.ts';
import { reshape, slice, transpose, zeroChannels } from './shaping.ts';
import { table } from './table.ts';
import { relativePosition, windowMask } from './token-windows.ts';

/** Inverted dropout and stochastic depth: a product with the mask (Srivastava et al. 2014, Huang et al. 2016). */
const masked = (tf: Tf, _layer: Layer, { inputs: [x], mask }: LayerInputs): Tensor => (mask ? tf.mul(x, mask) : x);

const KINDS: { readonly [Type in LayerType]: LayerFunction<Type> } = {
  conv: convolution,
  dense,
  relu: activation.relu,
  pool: pooling,
  lrn,
  dropout: masked,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  'group-norm': groupNorm,
  add,
  multiply,
  concat,
  'global-pool': globalPooling,
  clip: activation.clip,
  'leaky-relu': activation.leakyRelu,
  silu: activation.silu,
  'hard-swish': activation.hardSwish,
  'hard-sigmoid': activation.hardSigmoid,
  sigmoid: activation.sigmoid,
  tanh: activation.tanh,
  gelu: activation.gelu,
  softmax: activation.softmax,
  'matrix-product': matrixProduct,
  reshape,
  transpose,
  slice,
  'zero-channels': zeroChannels,
  table,
  'relative-position': relativePosition,
  'window-mask': windowMask,
  'stochastic-depth': masked,
};

/** The output of a layer. */
export const applyLayer = (tf: Tf, layer: Layer, inputs: LayerInputs): Tensor =>
  (KINDS[layer.spec.type] as LayerFunction<LayerType>)(tf, layer, inputs);
