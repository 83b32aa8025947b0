import type { z } from 'zod';
import * as activation from './activation.ts';
import { convolution, convolutionSchema } from './convolution.ts';
import { dense, denseSchema } from './dense.ts';
import { dropout, dropoutSchema, stochasticDepthSchema } from './dropout.ts';
import {
  addSchema,
  concat,
  concatSchema,
  elementwise,
  matrixProduct,
  matrixProductSchema,
  multiplySchema,
} from './joining.ts';
import type { LayerDefinition } from './layer.ts';
import * as normalisation from './normalisation.ts';
import { globalPooling, globalPoolingSchema, pooling, poolingSchema } from './pooling.ts';
import * as shaping from './shaping.ts';
import { table, tableSchema } from './table.ts';

/** Every kind of layer, as a network file may state it. */
export const LAYER_SCHEMAS = [
  convolutionSchema,
  denseSchema,
  activation.reluSchema,
  poolingSchema,
  normalisation.lrnSchema,
  dropoutSchema,
  normalisation.batchNormSchema,
  normalisation.layerNormSchema,
  normalisation.groupNormSchema,
  addSchema,
  multiplySchema,
  concatSchema,
  globalPoolingSchema,
  activation.clipSchema,
  activation.leakyReluSchema,
  activation.siluSchema,
  activation.hardSwishSchema,
  activation.hardSigmoidSchema,
  activation.sigmoidSchema,
  activation.tanhSchema,
  activation.geluSchema,
  activation.softmaxSchema,
  matrixProductSchema,
  shaping.reshapeSchema,
  shaping.transposeSchema,
  shaping.sliceSchema,
  shaping.zeroChannelsSchema,
  tableSchema,
  stochasticDepthSchema,
] as const;

export type LayerSpec = z.infer<(typeof LAYER_SCHEMAS)[number]>;
export type LayerType = LayerSpec['type'];

const DEFINITIONS: { readonly [Type in LayerType]: LayerDefinition<Extract<LayerSpec, { type: Type }>> } = {
  conv: convolution,
  dense,
  relu: activation.relu,
  pool: pooling,
  lrn: normalisation.lrn,
  dropout,
  'batch-norm': normalisation.batchNorm,
  'layer-norm': normalisation.layerNorm,
  'group-norm': normalisation.groupNorm,
  add: elementwise,
  multiply: elementwise,
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
  reshape: shaping.reshape,
  transpose: shaping.transpose,
  slice: shaping.slice,
  'zero-channels': shaping.zeroChannels,
  table,
  'stochastic-depth': dropout,
};

/** The kind of a layer: its shapes, parameters and operations. */
export const definitionOf = (spec: LayerSpec) => DEFINITIONS[spec.type] as LayerDefinition<LayerSpec>;
