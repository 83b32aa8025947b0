import type { NetworkInput } from './spec.ts';

type LayerInput = NetworkInput['layers'][number];

const relu: LayerInput = { type: 'relu' };
const lrn: LayerInput = { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, k: 1 };
/** Overlapping max-pooling, Krizhevsky et al. 2012, section 3.4. */
const pool = { type: 'pool' as const, mode: 'max' as const, kernel: 3, stride: 2 };
const dropout: LayerInput = { type: 'dropout', rate: 0.5 };
const gaussian = (std: number, bias: number) => ({ weight: { kind: 'gaussian' as const, std }, bias });

/**
 * The paper's network: Caffe's reference network, as in the prototxt files that the authors published (yosinski/
 * convnet_transfer). Pooling before LRN, Gaussian weights, biases of 0 or 1, 450,000 steps of 256 images.
 * One departure: Caffe rounds pooled sizes up; with 227x227 inputs every size is whole, so both agree.
 */
const alexnet: NetworkInput = {
  name: 'alexnet',
  inputSize: 227,
  layers: [
    { type: 'conv', name: 'conv1', filters: 96, kernel: 11, stride: 4, init: gaussian(0.01, 0) },
    relu,
    pool,
    lrn,
    { type: 'conv', name: 'conv2', filters: 256, kernel: 5, pad: 2, groups: 2, init: gaussian(0.01, 1) },
    relu,
    pool,
    lrn,
    { type: 'conv', name: 'conv3', filters: 384, kernel: 3, pad: 1, init: gaussian(0.01, 0) },
    relu,
    { type: 'conv', name: 'conv4', filters: 384, kernel: 3, pad: 1, groups: 2, init: gaussian(0.01, 1) },
    relu,
    { type: 'conv', name: 'conv5', filters: 256, kernel: 3, pad: 1, groups: 2, init: gaussian(0.01, 1) },
    relu,
    pool,
    { type: 'dense', name: 'fc6', units: 4096, init: gaussian(0.005, 1) },
    relu,
    dropout,
    { type: 'dense', name: 'fc7', units: 4096, init: gaussian(0.005, 1) },
    relu,
    dropout,
    { type: 'dense', name: 'fc8', init: gaussian(0.01, 0) },
  ],
  training: {
    batchSize: 256,
    // 450,000 steps over the 645,000 training images of half of ILSVRC-2012.
    epochs: 178.6,
    learningRate: 0.01,
    momentum: 0.9,
    weightDecay: 5e-4,
    schedule: { kind: 'step', factor: 0.1, at: [1, 2, 3, 4].map((hundredThousand) => (hundredThousand * 1e5) / 4.5e5) },
    warmUp: 0,
    inputScale: 1,
    cropPadding: 0,
    mirror: true,
  },
};

/**
 * The same eight layers for small images: He initialisation and a cosine schedule instead of 450,000 steps, so that a
 * base network is trained in minutes. As in the paper's network, conv1 starts from small weights under large inputs: what
 * its filters show after a few hundred steps is what they learned, not where they started. Widths as given.
 */
function smallAlexnet(
  name: string,
  inputSize: number,
  first: { kernel: number; stride: number; pad: number },
  convs: readonly [number, number, number, number, number],
  dense: number,
  /** Dropout above fc6 and fc7, as in the paper; a small network's short training has nothing to gain from it. */
  dropouts: readonly LayerInput[],
  learningRate: number,
): NetworkInput {
  const conv = (n: number, kernel: number): LayerInput => {
    return { type: 'conv', name: `conv${n}`, filters: convs[n - 1], kernel, pad: (kernel - 1) / 2 };
  };
  const overlapping = { ...pool, pad: 1 };
  return {
    name,
    inputSize,
    layers: [
      { type: 'conv', name: 'conv1', filters: convs[0], ...first, init: gaussian(0.03, 0) },
      relu,
      overlapping,
      lrn,
      conv(2, 5),
      relu,
      overlapping,
      lrn,
      conv(3, 3),
      relu,
      conv(4, 3),
      relu,
      conv(5, 3),
      relu,
      overlapping,
      { type: 'dense', name: 'fc6', units: dense },
      relu,
      ...dropouts,
      { type: 'dense', name: 'fc7', units: dense },
      relu,
      ...dropouts,
      { type: 'dense', name: 'fc8', init: gaussian(0.01, 0) },
    ],
    training: {
      batchSize: 32,
      epochs: 30,
      learningRate,
      momentum: 0.9,
      weightDecay: 5e-4,
      schedule: { kind: 'cosine' },
      warmUp: 0.2,
      inputScale: 1 / 12,
      cropPadding: inputSize / 8,
      mirror: true,
    },
  };
}

/** The paper's network, and smaller ones of its shape. */
export const ALEXNETS: readonly NetworkInput[] = [
  alexnet,
  smallAlexnet('alexnet-64', 64, { kernel: 7, stride: 2, pad: 3 }, [64, 128, 192, 192, 128], 1024, [dropout], 0.006),
  smallAlexnet('alexnet-32', 32, { kernel: 5, stride: 1, pad: 2 }, [64, 128, 192, 192, 128], 1024, [dropout], 0.006),
  // At 0.006 the loss of short trainings leaps, and a base of 18 stayed at chance.
  smallAlexnet('alexnet-32-small', 32, { kernel: 5, stride: 1, pad: 2 }, [32, 64, 96, 96, 64], 512, [], 0.004),
];
