import { expect, test } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { newcombeInterval, studentInterval } from '../../../src-main/study/results/statistics.ts';
import { resolutionOf } from '../../../src-main/study/statements/resolution.ts';

test('what a study can be expected to see is what its intervals then are', () => {
  const { low, high } = newcombeInterval({ correct: 300, total: 500 }, { correct: 300, total: 500 });
  expect(resolutionOf(1, 500)).toBeCloseTo((100 * (high - low)) / 2, 0);
  // Differences of networks that move by 1.5 points, on 500 images of which six tenths of the answers are shared.
  const deviation = Math.sqrt(1.5 ** 2 + (0.4 * 2 * 1e4 * 0.24) / 500);
  const stream = new RandomStream(3, 'resolution');
  const halves = Array.from({ length: 4000 }, () => {
    const interval = studentInterval(Array.from({ length: 4 }, () => deviation * stream.gaussian()));
    return ((interval.high - interval.low) / 2) ** 2;
  });
  const mean = Math.sqrt(halves.reduce((sum, square) => sum + square) / halves.length);
  expect(resolutionOf(4, 500) / mean).toBeCloseTo(1, 1);
});

test('more images and more replicates see more, and nothing is said beyond a hundred points', () => {
  for (const replicates of [1, 2, 3, 10])
    expect(resolutionOf(replicates, 500)).toBeLessThan(resolutionOf(replicates, 50));
  for (const more of [3, 4, 10]) expect(resolutionOf(more, 500)).toBeLessThan(resolutionOf(more - 1, 500));
  expect(resolutionOf(2, 1)).toBe(100);
});
