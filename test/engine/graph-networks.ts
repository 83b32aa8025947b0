import type { Network } from '../../src-main/network/network.ts';
import type { NetworkInput } from '../../src-main/network/spec.ts';
import { networkOf } from './random-networks.ts';

type Entry = NetworkInput['layers'][number];

const conv = (name: string, filters: number, kernel: number, more: object = {}): Entry => ({
  ...{ type: 'conv', name, filters, kernel, pad: (kernel - 1) / 2, bias: false, ...more },
});
const norm = (name: string): Entry => ({ type: 'batch-norm', name });
const branch = (filters: number, stride: number): Entry[] => [
  conv('conv1', filters, 3, { stride }),
  norm('bn1'),
  { type: 'relu' },
  conv('conv2', filters, 3),
  norm('bn2'),
];
const after: Entry[] = [{ type: 'relu' }];

/** A ResNet with all three shortcuts: the value itself, a projection, and zeros for new channels. */
export const resnet: Network = networkOf(
  8,
  [
    conv('conv1', 4, 3),
    norm('bn1'),
    { type: 'relu' },
    { type: 'residual', name: 'layer1', branch: branch(4, 1), after },
    {
      ...{ type: 'residual', name: 'layer2', branch: branch(8, 2), after },
      shortcut: [conv('downsample.0', 8, 1, { stride: 2 }), norm('downsample.1')],
    },
    {
      ...{ type: 'residual', name: 'layer3', branch: branch(12, 2), after },
      shortcut: [
        { type: 'slice', axis: 1, step: 2 },
        { type: 'slice', axis: 2, step: 2 },
        { type: 'zero-channels', before: 1, after: 3 },
      ],
    },
    { type: 'global-pool' },
    { type: 'dense', name: 'fc' },
  ],
  4,
  { batchSize: 5, learningRate: 0.05, momentum: 0.9, weightDecay: 5e-3, clipNorm: 2 },
);

/** Depthwise convolutions with uneven padding and dilation, squeeze-and-excitation, two paths with mixed channels. */
export const depthwise: Network = networkOf(
  9,
  [
    conv('stem', 6, 3, { stride: 2, pad: [0, 1, 1, 0] }),
    norm('bn'),
    { type: 'hard-swish' },
    {
      type: 'residual',
      name: 'block',
      branch: [
        conv('expand', 8, 1),
        norm('bn1'),
        { type: 'silu' },
        conv('depthwise', 16, 3, { groups: 8, dilation: 2, pad: 2 }),
        norm('bn2'),
        { type: 'clip', name: 'low' },
        { type: 'global-pool' },
        { type: 'conv', name: 'squeeze', filters: 3, kernel: 1 },
        { type: 'leaky-relu' },
        { type: 'conv', name: 'excite', filters: 16, kernel: 1 },
        { type: 'hard-sigmoid', name: 'scale' },
        { type: 'multiply', inputs: ['low', 'scale'] },
        conv('project', 6, 1),
        norm('bn3'),
        { type: 'stochastic-depth', rate: 0.4 },
      ],
    },
    {
      type: 'block',
      name: 'paths',
      layers: [
        { type: 'split', names: ['left', 'right'], sizes: [2, 4] },
        conv('grouped', 4, 3, { groups: 2, inputs: ['right'] }),
        { type: 'concat', name: 'both', inputs: ['left', 'grouped'] },
        { type: 'reshape', shape: [2, 3, -1, 4] },
        { type: 'transpose', order: [1, 0, 2, 3] },
        { type: 'reshape', shape: [6, -1, 4] },
      ],
    },
    { type: 'dropout', rate: 0.2 },
    { type: 'group-norm', name: 'groups', groups: 3 },
    { type: 'tanh' },
    { type: 'dense', name: 'fc' },
  ],
  4,
  { batchSize: 5, learningRate: 0.05, momentum: 0.9, weightDecay: 5e-3, labelSmoothing: 0.1 },
);

/** A mixer of pixels before a vision transformer with class token, position table and layer scale, trained by AdamW. */
export const transformer: Network = networkOf(
  8,
  [
    { type: 'conv', name: 'patch', filters: 8, kernel: 2, stride: 2 },
    {
      type: 'residual',
      name: 'mixer',
      branch: [
        { type: 'conv', name: 'depthwise', filters: 8, kernel: 3, pad: 1, groups: 8 },
        { type: 'layer-norm', name: 'norm' },
        { type: 'conv', name: 'wide', filters: 12, kernel: 1 },
        { type: 'gelu', form: 'tanh' },
        { type: 'conv', name: 'narrow', filters: 8, kernel: 1 },
        { type: 'table', name: 'gamma', mode: 'multiply', shape: [8, 1, 1], init: { kind: 'constant', value: 0.5 } },
      ],
    },
    { type: 'reshape', shape: [8, -1] },
    { type: 'transpose', order: [1, 0] },
    { type: 'table', name: 'cls_token', mode: 'join', shape: [1, 1, 8], init: { kind: 'gaussian', std: 1 } },
    { type: 'table', name: 'pos_embed', mode: 'add', shape: [1, 17, 8], init: { kind: 'gaussian', std: 1 } },
    {
      type: 'block',
      name: 'encoder',
      layers: [
        {
          type: 'residual',
          name: 'attention',
          branch: [
            { type: 'layer-norm', name: 'norm' },
            { type: 'attention', name: 'attn', width: 8, heads: 2 },
          ],
        },
        {
          type: 'residual',
          name: 'mlp',
          branch: [
            { type: 'layer-norm', name: 'norm' },
            { type: 'dense', name: 'fc1', units: 12, over: 'last' },
            { type: 'gelu' },
            { type: 'dense', name: 'fc2', units: 8, over: 'last', bias: false },
            { type: 'stochastic-depth', rate: 0.3 },
          ],
        },
      ],
    },
    { type: 'layer-norm', name: 'norm' },
    { type: 'slice', start: 0, end: 1 },
    { type: 'sigmoid' },
    { type: 'dense', name: 'head' },
  ],
  4,
  {
    ...{ batchSize: 5, learningRate: 0.01, momentum: 0.9, weightDecay: 0.05, labelSmoothing: 0.1, clipNorm: 1 },
    // Far above the rounding of gradients that are zero, as those of the biases of keys: by a small one it would be blown up.
    optimiser: { kind: 'adamw', epsilon: 1e-2 },
  },
);

/** What the others have not: pooling and normalisation across channels beside each other, softmax over channels, gates. */
export const paths: Network = networkOf(
  9,
  [
    { type: 'conv', name: 'conv1', filters: 6, kernel: 3, stride: 2, pad: 2 },
    { type: 'relu', name: 'low' },
    { type: 'pool', name: 'highest', kernel: 3, stride: 2, pad: 1 },
    { type: 'pool', name: 'mean', mode: 'average', kernel: 3, stride: 2, pad: 1, inputs: ['low'] },
    { type: 'concat', name: 'pooled', inputs: ['highest', 'mean', 'mean'] },
    { type: 'lrn', alpha: 0.5 },
    conv('conv2', 8, 3, { groups: 2, dilation: 2, pad: [1, 2, 3, 2] }),
    norm('bn'),
    { type: 'split', names: ['value', 'gate'], sizes: [4, 4] },
    { type: 'softmax', name: 'shares', axis: 0, inputs: ['gate'] },
    { type: 'multiply', name: 'gated', inputs: ['value', 'shares', 'value'] },
    { type: 'matrix-product', name: 'product', inputs: ['gated', 'value'] },
    { type: 'leaky-relu', slope: 0.2 },
    { type: 'slice', axis: 1, start: -2 },
    { type: 'clip', least: -1, most: 1 },
    // Of three values, which may be nearly equal.
    { type: 'layer-norm', name: 'norm', axis: -1, epsilon: 0.1 },
    { type: 'dense', name: 'rows', units: 3, over: 'last' },
    { type: 'tanh' },
    { type: 'dense', name: 'fc' },
  ],
  4,
  { batchSize: 5, learningRate: 0.05, momentum: 0.9, weightDecay: 5e-3 },
);
