import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { evaluationFlops, stepFlops } from './flops.ts';
import { best, meanOf, ratios, spreadOf } from './spread.ts';

const speeds = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 });

describe('spreads', () => {
  it('have half of the values on either side of the median', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, blocks: [3, 1, 2] });
    expect(spreadOf([4, 1, 2, 3])).toMatchObject({ median: 2.5, min: 1, max: 4 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  it('of ratios compare block with block: a machine that is slow for a while is slow for both', () => {
    fc.assert(
      fc.property(speeds, fc.infiniteStream(fc.double({ min: 0.1, max: 1, noNaN: true })), (torch, slowness) => {
        const slow = torch.map(() => slowness.next().value as number);
        const ours = torch.map((speed, block) => 1.5 * speed * slow[block]);
        const theirs = torch.map((speed, block) => speed * slow[block]);
        const { median, min, max } = ratios(ours, theirs);
        for (const ratio of [median, min, max]) expect(ratio).toBeCloseTo(1.5, 9);
      }),
    );
    expect(() => ratios([1, 2], [1])).toThrow(RangeError);
  });

  it('choose the best setting by its median, not by one lucky block', () => {
    expect(
      best(
        [
          [1, 1, 9],
          [2, 2, 2],
          [2, 2, 2],
        ],
        (values) => values,
      ),
    ).toEqual([2, 2, 2]);
    expect(best([], () => [1])).toBeUndefined();
  });
});

it('a mean comes with the standard error of it', () => {
  // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squares 32.
  const { mean, standardError } = meanOf([2, 4, 4, 4, 5, 5, 7, 9]);
  expect(mean).toBe(5);
  expect(standardError).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
});

describe('the operations of a training step', () => {
  const network = resolveNetwork(tinyNetwork, 5);
  const [conv1, fc2, fc3] = network.layers.filter(({ parameters }) => parameters > 0).map(({ flops }) => flops);

  it('are those of three forward passes but for the gradient of the images, which nobody needs', () => {
    expect(evaluationFlops(network)).toBe(conv1 + fc2 + fc3);
    expect(stepFlops(network)).toBe(2 * conv1 + 3 * fc2 + 3 * fc3);
  });

  it('do not have gradients of frozen layers in them', () => {
    expect(stepFlops(network, 1)).toBe(conv1 + 2 * fc2 + 3 * fc3);
    expect(stepFlops(network, 3)).toBe(evaluationFlops(network));
  });
});
