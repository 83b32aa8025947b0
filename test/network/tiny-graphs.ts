import { networkSchema, type EntryInput, type NetworkInput } from '../../src-main/network/spec.ts';

/** Networks of today small enough for steps of a millisecond: everything that they have, hardly any of it. */

const training = {
  batchSize: 10,
  epochs: 4,
  momentum: 0.9,
  weightDecay: 1e-4,
  schedule: { kind: 'cosine' },
  warmUp: 0.1,
  cropPadding: 1,
  mirror: true,
} as const;
const multipliers = { weight: { learningRate: 1, decay: 1 }, bias: { learningRate: 1, decay: 0 } };

const conv = (name: string, filters: number, kernel: number, stride = 1): EntryInput => ({
  ...{ type: 'conv', name, filters, kernel, stride, pad: (kernel - 1) / 2, bias: false, multipliers },
});
const norm = (name: string): EntryInput => ({ type: 'batch-norm', name });

/** A stem of 3x3 and two stages of one block, the second with a projection: cuts above `conv1`, `layer1.0`, `layer2.0`. */
export const tinyResNet = networkSchema.parse({
  name: 'tiny-resnet',
  inputSize: 8,
  layers: [
    conv('conv1', 4, 3),
    norm('bn1'),
    { type: 'relu' },
    ...[4, 8].map((filters, stage): EntryInput => ({
      type: 'residual',
      name: `layer${stage + 1}`,
      times: 1,
      branch: [
        conv('conv1', filters, 3, stage + 1),
        norm('bn1'),
        { type: 'relu' },
        conv('conv2', filters, 3),
        norm('bn2'),
      ],
      ...(stage === 1 && { shortcut: [conv('downsample.0', filters, 1, 2), norm('downsample.1')] }),
      after: [{ type: 'relu' }],
    })),
    { type: 'global-pool' },
    { type: 'dense', name: 'fc', multipliers },
  ],
  training: { ...training, learningRate: 0.05 },
} satisfies NetworkInput);

const dense = (name: string, units: number): EntryInput => ({
  ...{ type: 'dense', name, units, over: 'last', init: { weight: { kind: 'xavier' }, bias: 0 }, multipliers },
});

/** Patches of 4x4, a class token, two blocks of two heads; AdamW, label smoothing, clipping, stochastic depth. */
export const tinyViT = networkSchema.parse({
  name: 'tiny-vit',
  inputSize: 8,
  layers: [
    { type: 'conv', name: 'patch_embed.proj', filters: 8, kernel: 4, stride: 4, multipliers },
    { type: 'reshape', shape: [8, 4] },
    { type: 'transpose', order: [1, 0] },
    { type: 'table', name: 'cls_token', mode: 'join', shape: [1, 1, 8] },
    { type: 'table', name: 'pos_embed', mode: 'add', shape: [1, 5, 8] },
    {
      type: 'block',
      name: 'blocks',
      times: 2,
      layers: [
        { type: 'layer-norm', name: 'norm1' },
        { type: 'attention', name: 'attn', width: 8, heads: 2, multipliers },
        { type: 'add', name: 'attended', inputs: ['input', 'attn.proj'] },
        { type: 'layer-norm', name: 'norm2' },
        dense('mlp.fc1', 16),
        { type: 'gelu' },
        dense('mlp.fc2', 8),
        { type: 'stochastic-depth', name: 'drop_path', rate: 0.2 },
        { type: 'add', inputs: ['attended', 'drop_path'] },
      ],
    },
    { type: 'layer-norm', name: 'norm' },
    { type: 'slice', axis: 0, start: 0, end: 1 },
    { type: 'dense', name: 'head', multipliers },
  ],
  training: {
    ...training,
    learningRate: 0.005,
    optimiser: { kind: 'adamw' },
    weightDecay: 0.05,
    labelSmoothing: 0.1,
    clipNorm: 1,
  },
} satisfies NetworkInput);

/** A depthwise convolution with squeeze-and-excitation, and a dense layer of tokens beside it; batch norm and AdamW. */
export const tinyMobileNet = networkSchema.parse({
  name: 'tiny-mobilenet',
  inputSize: 8,
  layers: [
    conv('stem', 8, 3, 2),
    norm('bn'),
    { type: 'hard-swish' },
    {
      type: 'residual',
      name: 'block',
      branch: [
        { ...conv('dw', 8, 3), groups: 8 } as EntryInput,
        norm('bn1'),
        { type: 'silu', name: 'act' },
        { type: 'global-pool' },
        { type: 'conv', name: 'reduce', filters: 2, kernel: 1, multipliers },
        { type: 'relu' },
        { type: 'conv', name: 'expand', filters: 8, kernel: 1, multipliers },
        { type: 'hard-sigmoid', name: 'gate' },
        { type: 'multiply', inputs: ['act', 'gate'] },
        conv('pw', 8, 1),
        norm('bn2'),
      ],
    },
    { type: 'dense', name: 'features', units: 6, multipliers },
    { type: 'relu' },
    { type: 'dense', name: 'classifier', multipliers },
  ],
  training: { ...training, learningRate: 0.01, optimiser: { kind: 'adamw' } },
} satisfies NetworkInput);
