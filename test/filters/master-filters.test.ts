import { describe, expect, test } from 'vitest';
import { masterMatches } from '../../src-main/filters/master-filters.ts';
import { orthogonality, sparsity } from '../../src-main/network/layer-quality.ts';
import { RandomStream } from '../../src-main/random.ts';
import { blob, drawn, stripes, type Drawing } from './drawn.ts';

const one =
  (value: (x: number, y: number) => number): Drawing =>
  (x, y) => [value(x, y)];

describe('depthwise filters against the eight master filters', () => {
  test('each form is found, of either sign, at any height and with an offset', () => {
    const bank = drawn(
      7,
      one((x, y) => 3 - 2 * blob(0.8)(x, y)),
      one((x, y) => x * blob(0.9)(x, y)),
      one((x, y) => 0.4 - y * blob(0.9)(x, y)),
      one((x, y) => blob(0.4)(x, y) - blob(0.4)(x - 1, y)),
      one((x, y) => blob(0.4)(x, y) - blob(0.4)(x, y + 1)),
      one((x, y) => (x === 0 && y === 0 ? 1 : Math.abs(x) + Math.abs(y) === 1 ? -0.3 : 0)),
    );
    const { matches, share } = masterMatches(bank);
    expect(matches.map(({ form }) => form)).toEqual([
      ...['Gaussian', 'slope across', 'slope upwards', 'difference to the right', 'difference downwards'],
      'pixel against its surround',
    ]);
    for (const { explained } of matches) expect(explained).toBeGreaterThan(0.7);
    expect(share).toBe(1);
  });

  test('stripes and noise are none of them', () => {
    const random = new RandomStream('noise');
    const { share, mean } = masterMatches({
      shape: [40, 1, 7, 7],
      data: Float32Array.from({ length: 40 * 49 }, () => random.gaussian()),
    });
    expect(share).toBe(0);
    expect(mean).toBeLessThan(0.2);
    expect(masterMatches(drawn(7, one(stripes(30, 0.3)))).matches[0].explained).toBeLessThan(0.5);
  });
});

test('sparsity counts kernels that are nearly zero, orthogonality how far filters are from each other', () => {
  const data = Float32Array.from([1, 0, 0, 1, /**/ 0, 0.005, 0, 0, /**/ 1, 0, 0, -1, /**/ 0, 0, 0, 0]);
  expect(sparsity({ shape: [2, 2, 2, 2], data })).toBe(0.5);
  expect(orthogonality({ shape: [2, 2, 2, 2], data })).toBeCloseTo(1, 3);
  const same = Float32Array.from([1, 2, -1, 0, /**/ 2, 4, -2, 0]);
  expect(orthogonality({ shape: [2, 1, 2, 2], data: same })).toBeCloseTo(0, 6);
});
