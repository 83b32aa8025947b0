import { expect, it } from 'vitest';
import { chanceSelectivity, selectivityOf } from '../../src-main/units/selectivity.ts';

it('is the share of the most frequent class; of equals, the one that excites the unit more', () => {
  expect(selectivityOf([4, 2, 2, 4, 2])).toEqual({ label: 2, share: 0.6 });
  expect(selectivityOf([4, 2, 2, 4])).toEqual({ label: 4, share: 0.5 });
  expect(selectivityOf([7])).toEqual({ label: 7, share: 1 });
});

it('comes by chance to what blind draws come to', () => {
  const images = Int32Array.from({ length: 1000 }, (_, i) => i);
  // One class: always all. Two: the larger of k and 9 - k of 9, on average 9 (1 / 2 + C(8, 4) / 2^9) of them.
  expect(chanceSelectivity(images, new Array<number>(1000).fill(3))).toBe(1);
  expect(
    Math.abs(
      chanceSelectivity(
        images,
        images.map((i) => i % 2),
      ) -
        (0.5 + 70 / 512),
    ),
  ).toBeLessThan(0.01);
  // Nine of a thousand classes hardly ever agree.
  expect(chanceSelectivity(images, images)).toBeCloseTo(1 / 9, 6);
});
