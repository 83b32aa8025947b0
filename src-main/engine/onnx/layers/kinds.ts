import type { LayerSpec, LayerType } from '../../../network/layers/layers.ts';
import * as activation from './activation.ts';
import { batchNorm } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import { dense } from './dense.ts';
import { dropout, stochasticDepth } from './dropout.ts';
import { globalPooling } from './global-pooling.ts';
import { add, concat, multiply } from './joining.ts';
import { groupNorm, layerNorm } from './layer-norm.ts';
import type { LayerKind } from './layer.ts';
import { lrn } from './lrn.ts';
import { pooling } from './pooling.ts';
import { product } from './product.ts';
import { relu } from './relu.ts';
import { reshape, slice, transpose, zeroChannels } from './shaping.ts';
import { softmax } from './softmax.ts';
import { table } from './table.ts';
import { relativePosition, windowMask } from './token-windows.ts';

const KINDS: { readonly [Type in LayerType]: LayerKind<Type> } = {
  conv: convolution,
  dense,
  relu,
  pool: pooling,
  lrn,
  dropout,
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
  softmax,
  'matrix-product': product,
  reshape,
  transpose,
  slice,
  'zero-channels': zeroChannels,
  table,
  'relative-position': relativePosition,
  'window-mask': windowMask,
  'stochastic-depth': stochasticDepth,
};

/** The kind of a layer: its forward pass and gradients in every layout. */
export const kindOf = ({ spec }: { readonly spec: LayerSpec }) => KINDS[spec.type] as LayerKind<LayerType>;
