import { describe, expect, test } from 'vitest';
import { layerLooks } from '../../src-main/filters/layer-looks.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import { correlationOf, lookSentence, lookTransfer } from '../../src-main/study/analysis/look-transfer.ts';
import { tinyNetwork } from '../network/tiny-network.ts';

const network = resolveNetwork(
  networkSchema.parse({
    ...tinyNetwork,
    layers: [
      { type: 'conv', name: 'conv1', filters: 6, kernel: 3, pad: 1 },
      { type: 'relu' },
      { type: 'conv', name: 'conv2', filters: 8, kernel: 3, pad: 1 },
      { type: 'relu' },
      { type: 'pool', kernel: 2, stride: 2 },
      { type: 'dense', name: 'fc3', units: 10 },
      { type: 'relu' },
      { type: 'dense', name: 'fc4' },
    ],
  }),
  3,
);

/** The same network with the channels of its first layer in reverse order, which changes nothing that it computes. */
function reversed(weights: Weights): Weights {
  const turned = new Map(weights);
  const [first, second] = ['conv1.weight', 'conv2.weight'].map((name) => weights.get(name)!);
  turned.set('conv1.weight', {
    shape: first.shape,
    data: first.data.map((_, place) => first.data[(5 - Math.floor(place / 27)) * 27 + (place % 27)]),
  });
  turned.set('conv2.weight', {
    shape: second.shape,
    data: second.data.map((_, place) => {
      const [filter, channel, pixel] = [Math.floor(place / 54), Math.floor(place / 9) % 6, place % 9];
      return second.data[filter * 54 + (5 - channel) * 9 + pixel];
    }),
  });
  return turned;
}

describe('how layers look', () => {
  const a = initialWeights(network, 'one');

  test('a network is as general as can be beside itself with its channels in another order', () => {
    const looks = layerLooks(network, [a, reversed(a)]);
    expect(looks.map(({ n }) => n)).toEqual([1, 2, 3]);
    for (const { generality } of looks) expect(generality).toBeCloseTo(1, 5);
  });

  test('and not at all beside another that is as random', () => {
    const looks = layerLooks(network, [a, initialWeights(network, 'two')]);
    for (const { generality } of looks) expect(Math.abs(generality!)).toBeLessThan(0.2);
    expect(looks[2].sparsity).toBeUndefined();
  });
});

test('the correlation has Fisher’s interval, and needs four layers', () => {
  expect(correlationOf([[1, 2]])).toEqual({});
  const { r, interval } = correlationOf([
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 5],
    [5, 4],
    [6, 6],
  ]);
  // Of these ranks r is 1 - 6 * 4 / 210; atanh(0.886) is 1.401, and 1.96 / sqrt(3) is 1.132.
  expect(r).toBeCloseTo(31 / 35, 6);
  expect(interval?.low).toBeCloseTo(Math.tanh(Math.atanh(31 / 35) - 1.959964 / Math.sqrt(3)), 6);
  expect(interval?.high).toBeCloseTo(Math.tanh(Math.atanh(31 / 35) + 1.959964 / Math.sqrt(3)), 6);
});

test('each layer’s look stands beside its AnB − BnB, and the sentence says no more than the interval', () => {
  const run = (kind: 'transfer' | 'selffer', n: number, correct: number) => {
    return { name: '', kind, n, target: 'B' as const, replicate: 0, correct, total: 100, loss: 1 };
  };
  const results = [1, 2, 3, 4, 5, 6].flatMap((n) => [run('transfer', n, 60 - 2 * n), run('selffer', n, 60)]);
  const layers = [1, 2, 3, 4, 5, 6].map((n) => ({ n, generality: 1 - n / 10, orthogonality: [0.5, 0.6][n % 2] }));
  const look = lookTransfer({ looks: [{ replicate: 0, layers }], filters: [] }, results, undefined)!;
  expect(look.measures.map(({ name }) => name)).toEqual(['n itself', 'Generality', 'Orthogonality']);
  expect(look.measures[1].layers[2]).toEqual({ n: 3, value: 0.7, points: expect.closeTo(-6, 6) as number });
  expect(look.measures[1].r).toBeCloseTo(1, 6);
  expect(lookSentence(look)).toContain('The look of a layer goes with AnB − BnB: Generality r = 1.00');
  expect(lookSentence(look)).not.toContain('Orthogonality');
  expect(lookTransfer({ looks: [], filters: [] }, results, undefined)).toBeUndefined();
});
