import { expect, test } from 'vitest';
import { RandomStream } from '../../../src-main/random.ts';
import { newcombeInterval, studentInterval } from '../../../src-main/study/results/statistics.ts';
import { PRESETS } from '../../../src-main/study/plan/presets.ts';
import { boostFound, resolutionOf } from '../../../src-main/study/statements/resolution.ts';
import { found } from '../../../tools/simulate/layouts.ts';

test('what a study can be expected to see is what its intervals then are', () => {
  const { low, high } = newcombeInterval({ correct: 300, total: 500 }, { correct: 300, total: 500 });
  expect(resolutionOf({ splits: 1, seeds: 1 }, 500)).toBeCloseTo((100 * (high - low)) / 2, 0);
  // Treatments that splits move by 1 point, networks that seeds move by 0.7, and 500 images of which six tenths of the answers are shared.
  const deviation = Math.sqrt(1 + 2 * 0.7 ** 2 + (0.4 * 2 * 1e4 * 0.24) / 500);
  const stream = new RandomStream(3, 'resolution');
  const halves = Array.from({ length: 4000 }, () => {
    const interval = studentInterval(Array.from({ length: 4 }, () => deviation * stream.gaussian()));
    return ((interval.high - interval.low) / 2) ** 2;
  });
  const mean = Math.sqrt(halves.reduce((sum, square) => sum + square) / halves.length);
  expect(resolutionOf({ splits: 4, seeds: 1 }, 500) / mean).toBeCloseTo(1, 1);
});

test('more images and more replicates see more, and nothing is said beyond a hundred points', () => {
  const over = (splits: number, images: number, seeds = 1) => resolutionOf({ splits, seeds }, images);
  for (const splits of [1, 2, 3, 10]) expect(over(splits, 500)).toBeLessThan(over(splits, 50));
  for (const more of [3, 4, 10]) expect(over(more, 500)).toBeLessThan(over(more - 1, 500));
  expect(over(2, 1)).toBe(100);
  // Seeds of the same splits are no further splits; those of one split see that one only, and it better.
  expect(over(3, 500, 2)).toBeGreaterThan(over(6, 500));
  expect(over(1, 500, 6)).toBeLessThan(over(6, 500));
});

test.each([
  [3, 1, 1000],
  [8, 1, 1000],
  [8, 1, 2000],
  [10, 1, 1000],
  [5, 2, 2000],
])(
  'a boost as large as the paper’s is found by %i × %i replicates on %i images about as often as is said',
  (splits, seeds, images) => {
    const title = 'Transfer and fine-tuning beat training from scratch';
    const often = found(200, { splits, seeds }, { images }).get(title)!;
    // Three standard errors of 200 studies are 0.1.
    expect(Math.abs(boostFound({ splits, seeds }, images, 7) - often)).toBeLessThan(0.12);
  },
);

test('the preset standard finds what it promises, on its own images', () => {
  const { seeds: splits, deadLeaves } = PRESETS.standard;
  const rates = found(400, { splits, seeds: 1 }, { images: 10 * deadLeaves.heldOut });
  for (const title of [
    'Co-adaptation is fragile in the middle',
    'Features become specific towards the top',
    'Transfer and fine-tuning beat training from scratch',
    'And not just because it trains longer',
  ])
    // Eight in ten, less three standard errors.
    expect(rates.get(title), title).toBeGreaterThan(0.74);
});
