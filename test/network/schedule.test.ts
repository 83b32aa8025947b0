import { describe, expect, test } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { type TrainingSpec, learningRate, totalSteps } from '../../src-main/network/spec.ts';

const paper = BUILT_IN_NETWORKS.get('alexnet')!.training;

describe('the learning rate', () => {
  test("falls tenfold every 100,000 of the paper's 450,000 steps", () => {
    const rates = [0, 99_999, 100_000, 199_999, 200_000, 300_000, 400_000, 449_999].map((step) =>
      learningRate(paper, step, 450_000),
    );
    [1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  test('falls as a cosine from its full value over one half to nearly nothing', () => {
    const training: TrainingSpec = { ...paper, learningRate: 0.4, schedule: { kind: 'cosine' } };
    expect(learningRate(training, 0, 1000)).toBe(0.4);
    expect(learningRate(training, 250, 1000)).toBeCloseTo(0.4 * 0.853553, 6);
    expect(learningRate(training, 500, 1000)).toBeCloseTo(0.2, 12);
    expect(learningRate(training, 999, 1000)).toBeCloseTo(0.4 * 2.467e-6, 8);
  });

  test('rises in equal steps while it warms up, and is never zero', () => {
    const training: TrainingSpec = { ...paper, learningRate: 0.1, warmUp: 0.05 };
    const rates = [0, 1, 2, 3, 4, 5].map((step) => learningRate(training, step, 100));
    [0.02, 0.04, 0.06, 0.08, 0.1, 0.1].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  test('is a number above zero even in a training of a single step', () => {
    for (const { training } of BUILT_IN_NETWORKS.values()) expect(learningRate(training, 0, 1)).toBeGreaterThan(0);
  });
});

describe('the number of steps', () => {
  test("is the paper's 450,000 for half of ImageNet", () => {
    expect(totalSteps(paper, 645_000) / 450_000).toBeCloseTo(1, 3);
  });
  test('counts a last batch that runs on into the next epoch, and is at least one', () => {
    expect(totalSteps({ ...paper, epochs: 3, batchSize: 64 }, 100)).toBe(5);
    expect(totalSteps({ ...paper, epochs: 0.001, batchSize: 64 }, 10)).toBe(1);
  });
});
