import { networkSchema } from '../../src-main/network/spec.ts';

/** A network that has all of a network's kinds of work, in a millisecond a step. */
export const tinyNetwork = networkSchema.parse({
  name: 'tiny',
  inputSize: 8,
  layers: [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 2, stride: 2 },
    { type: 'dense', name: 'fc2', units: 8 },
    { type: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', name: 'fc3' },
  ],
  training: {
    batchSize: 10,
    epochs: 2,
    learningRate: 0.01,
    momentum: 0.9,
    weightDecay: 5e-4,
    schedule: { kind: 'cosine' },
    warmUp: 0,
    cropPadding: 1,
    mirror: true,
  },
});
