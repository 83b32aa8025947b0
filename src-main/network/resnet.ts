import type { EntryInput, NetworkInput } from './spec.ts';

/** Both learn as fast as each other, and only weights decay. */
export const PLAIN = { weight: { learningRate: 1, decay: 1 }, bias: { learningRate: 1, decay: 0 } };

export const conv = (name: string, filters: number, kernel: number, stride = 1, groups = 1): EntryInput => ({
  ...{ type: 'conv', name, filters, kernel, stride, pad: (kernel - 1) / 2, groups, bias: false, multipliers: PLAIN },
});
export const norm = (name: string): EntryInput => ({ type: 'batch-norm', name });
export const relu: EntryInput = { type: 'relu' };

/** Two convolutions of 3x3 beside a shortcut (He et al. 2015, arXiv 1512.03385, figure 5 left). */
function stage(name: string, filters: number, stride: number, blocks: number, shortcut?: EntryInput[]): EntryInput[] {
  const branch = (first: number): EntryInput[] => [
    conv('conv1', filters, 3, first),
    norm('bn1'),
    relu,
    conv('conv2', filters, 3),
    norm('bn2'),
  ];
  const block = { type: 'residual' as const, name, after: [relu] };
  return [
    { ...block, times: 1, branch: branch(stride), ...(shortcut && { shortcut }) },
    { ...block, from: 1, times: blocks - 1, branch: branch(1) },
  ];
}

/** Every second pixel, and zeros for new channels, so that shortcuts have no parameters (option A, section 3.3). */
export const zeros = (channels: number, filters: number): EntryInput[] => [
  { type: 'slice', axis: 1, step: 2 },
  { type: 'slice', axis: 2, step: 2 },
  { type: 'zero-channels', before: (filters - channels) / 2, after: (filters - channels) / 2 },
];

/** A convolution of 1x1 where sizes change (option B), under torchvision's names. */
const projection = (filters: number): EntryInput[] => [conv('downsample.0', filters, 1, 2), norm('downsample.1')];

const head: EntryInput[] = [
  { type: 'global-pool' },
  { type: 'dense', name: 'fc', init: { weight: { kind: 'xavier' }, bias: 0 }, multipliers: PLAIN },
];

const training = {
  batchSize: 32,
  momentum: 0.9,
  weightDecay: 1e-4,
  schedule: { kind: 'cosine' as const },
  mirror: true,
  inputScale: 1 / 64,
};

/** ResNet-20 of He et al. 2015, section 4.2, with its augmentation; a cosine and small batches, for few images. */
const resnet32: NetworkInput = {
  name: 'resnet-32',
  inputSize: 32,
  layers: [
    conv('conv1', 16, 3),
    norm('bn1'),
    relu,
    ...stage('layer1', 16, 1, 3),
    ...stage('layer2', 32, 2, 3, zeros(16, 32)),
    ...stage('layer3', 64, 2, 3, zeros(32, 64)),
    ...head,
  ],
  training: { ...training, epochs: 30, learningRate: 0.05, warmUp: 0.1, cropPadding: 4 },
};

/** What ResNet-18 (table 1) has above its stem. */
const stages: EntryInput[] = [
  ...stage('layer1', 64, 1, 2),
  ...stage('layer2', 128, 2, 2, projection(128)),
  ...stage('layer3', 256, 2, 2, projection(256)),
  ...stage('layer4', 512, 2, 2, projection(512)),
  ...head,
];

/** ResNet-18 (table 1) with a stem for 64 pixels: 3x3 without pooling. */
const resnet64: NetworkInput = {
  name: 'resnet-64',
  inputSize: 64,
  layers: [conv('conv1', 64, 3), norm('bn1'), relu, ...stages],
  training: { ...training, epochs: 30, learningRate: 0.05, warmUp: 0.1, weightDecay: 5e-4, cropPadding: 8 },
};

/** ResNet-18 (table 1), tensor by tensor torchvision's and timm's. */
const resnet18: NetworkInput = {
  name: 'resnet-18',
  inputSize: 224,
  layers: [
    conv('conv1', 64, 7, 2),
    norm('bn1'),
    relu,
    { type: 'pool', mode: 'max', kernel: 3, stride: 2, pad: 1 },
    ...stages,
  ],
  training: { ...training, batchSize: 256, epochs: 90, learningRate: 0.1, warmUp: 0.05, cropPadding: 0 },
};

export const RESNETS: readonly NetworkInput[] = [resnet32, resnet64, resnet18];
