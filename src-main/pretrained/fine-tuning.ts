import type { NetworkInput } from '../network/spec.ts';

type Training = NetworkInput['training'];

/** Zeros around images as small as CIFAR's, an eighth of their side; larger ones are stored larger than they are read. */
const croppingOf = (size: number): number => (size <= 64 ? Math.round(size / 8) : 0);

/** Settings to fine-tune a network of convolutions with, which a person may change: a tenth of the usual rate from scratch. */
export const finetuningBySgd = (size: number): Training => ({
  batchSize: 32,
  epochs: 20,
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 1e-4,
  schedule: { kind: 'cosine' },
  warmUp: 0.1,
  cropPadding: croppingOf(size),
  mirror: true,
});

/** The same for transformers and networks that were trained as they are. */
export const finetuningByAdamw = (size: number): Training => ({
  ...finetuningBySgd(size),
  learningRate: 1e-4,
  optimiser: { kind: 'adamw' },
  weightDecay: 0.05,
  labelSmoothing: 0.1,
});
