import type { EntryInput, NetworkInput } from './spec.ts';
import { conv, norm, PLAIN, relu } from './resnet.ts';

/** A depthwise convolution of 3x3, then one of 1x1 that mixes channels (Howard et al. 2017, arXiv 1704.04861, figure 3). */
const separable = (name: string, channels: number, filters: number, stride: number): EntryInput => ({
  type: 'block',
  name,
  layers: [
    conv('conv_dw', channels, 3, stride, channels),
    norm('bn1'),
    relu,
    conv('conv_pw', filters, 1),
    norm('bn2'),
    relu,
  ],
});

/** MobileNet for 32 pixels: depthwise-separable convolutions, halving images three times. */
export const MOBILENETS: readonly NetworkInput[] = [
  {
    name: 'mobilenet-32',
    inputSize: 32,
    layers: [
      conv('conv_stem', 32, 3),
      norm('bn1'),
      relu,
      separable('blocks.0.0', 32, 64, 1),
      separable('blocks.1.0', 64, 128, 2),
      separable('blocks.1.1', 128, 128, 1),
      separable('blocks.2.0', 128, 256, 2),
      separable('blocks.2.1', 256, 256, 1),
      separable('blocks.3.0', 256, 512, 2),
      separable('blocks.3.1', 512, 512, 1),
      { type: 'global-pool' },
      { type: 'dense', name: 'classifier', init: { weight: { kind: 'xavier' }, bias: 0 }, multipliers: PLAIN },
    ],
    training: {
      batchSize: 128,
      epochs: 30,
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 1e-4,
      schedule: { kind: 'cosine' },
      warmUp: 0.05,
      inputScale: 1 / 64,
      cropPadding: 4,
      mirror: true,
    },
  },
];
