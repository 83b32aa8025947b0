import type { TrainingSpec } from './spec.ts';

/** Learning rate of step `step` (0-based) of `steps`. */
export function learningRate(training: TrainingSpec, step: number, steps: number): number {
  const { schedule, warmUp } = training;
  const warmUpSteps = Math.round(warmUp * steps);
  const rising = step < warmUpSteps ? (step + 1) / warmUpSteps : 1;
  const done = step / steps;
  const falling =
    schedule.kind === 'cosine'
      ? 0.5 * (1 + Math.cos(Math.PI * done))
      : schedule.factor ** schedule.at.filter((fraction) => done >= fraction).length;
  return training.learningRate * rising * falling;
}

/** Optimiser steps of a training: epochs over the images in batches that run on across the borders of epochs, as Caffe's do. */
export function totalSteps(training: TrainingSpec, images: number): number {
  return Math.max(1, Math.ceil((training.epochs * images) / training.batchSize));
}
