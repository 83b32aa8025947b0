import { describe, expect, test } from 'vitest';
import { layerLooks } from '../../src-main/filters/layer-looks.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import { lookSentence, lookTransfer } from '../../src-main/study/analysis/look-transfer.ts';
import { correlationOf } from '../../src-main/study/results/correlation.ts';
import { gaborShareOf } from '../../src-main/filters/kernel-classes.ts';
import { RandomStream } from '../../src-main/random.ts';
import { layerLooksTable } from '../../src-main/study/data-tables/features.ts';
import { blob, drawn, stripes } from '../filters/drawn.ts';
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

describe('the Gabor share of a layer', () => {
  const angles = [0, 30, 60, 90, 120, 150];
  const envelope = blob(1.6);
  const shareOf = (size: number, kernel: (angle: number) => (x: number, y: number) => number) =>
    gaborShareOf(drawn(size, (x, y) => angles.map((angle) => kernel(angle)(x, y))));

  test('is that of its kernels, beside untrained ones', () => {
    const gabors = shareOf(7, (angle) => (x, y) => stripes(angle, 0.25)(x, y) * envelope(x, y));
    expect(gabors).toEqual({ trained: 1, untrained: 0 });
    const random = new RandomStream('kernels');
    expect(shareOf(7, () => () => random.gaussian())).toEqual({ trained: 0, untrained: 0 });
  });

  test('is not defined of kernels that are too small for one', () => {
    expect(shareOf(3, (angle) => stripes(angle, 0.25))).toBeUndefined();
  });

  test('of the first layer is that of its filters, and stands beside what the transfer costs', () => {
    const run = (kind: 'transfer' | 'selffer', n: number, correct: number) => {
      return { name: '', kind, n, target: 'B' as const, replicate: 0, correct, total: 100, loss: 1 };
    };
    const results = [1, 2].flatMap((n) => [run('transfer', n, 60 - n), run('selffer', n, 60)]);
    const layers = [{ n: 1 }, { n: 2, gabor: { trained: 0.125, untrained: 0.01 } }];
    const bases = [0.25, 0.75].map((gabor) => ({ replicate: 0, summary: { shares: { gabor } } }));
    const firstLayers = { bases, calibration: { shares: { gabor: 0.02 } }, growth: [] };
    const look = lookTransfer({ looks: [{ replicate: 0, layers }], filters: [] }, results, firstLayers as never)!;
    expect(look.measures[1]).toMatchObject({ name: 'Gabor share', layers: [{ value: 0.5 }, { value: 0.125 }] });
    expect(look.tables[0].caption).toContain('at most 0.02 of untrained ones');
    const { columns } = layerLooksTable(look);
    expect(columns.map(({ name, cells }) => [name, cells])).toEqual([
      ['replicate', [1, 1]],
      ['n', [1, 2]],
      ['step', [undefined, undefined]],
      ['measure', ['Gabor share', 'Gabor share']],
      ['value', [0.5, 0.125]],
      ['anb_less_bnb', [expect.closeTo(-0.01, 9), expect.closeTo(-0.02, 9)]],
    ]);
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

describe('while the bases learn', () => {
  const run = (kind: 'transfer' | 'selffer', n: number, replicate: number) => {
    const correct = kind === 'selffer' ? 60 : [0, 58, 59, 52, 50, 40][n] - replicate;
    return { name: '', kind, n, target: 'B' as const, replicate, correct, total: 100, loss: 1 };
  };
  const layers = [1, 2, 3, 4, 5];
  const results = [0, 1].flatMap((replicate) =>
    layers.flatMap((n) => [run('transfer', n, replicate), run('selffer', n, replicate)]),
  );
  const at = (part: number) =>
    layers.map((n) => ({ n, sparsity: (part * n) / 10, orthogonality: part === 0 ? 0.5 : 1 / (n + part) }));
  const looks = [0, 1].map((replicate) => ({
    replicate,
    layers: at(1),
    history: [0, 0.5, 1].map((part) => ({ step: 10 * part, layers: at(part) })),
  }));
  const look = lookTransfer({ looks, filters: [] }, results, undefined)!;

  test('each step has the correlation that it would have at the end, and the last one that of the end', () => {
    expect(look.overSteps.filter(({ measure }) => measure === 'Sparsity').map(({ step }) => step)).toEqual([5, 10]);
    for (const measure of ['Sparsity', 'Orthogonality']) {
      const { r, interval } = look.measures.find(({ name }) => name === measure)!;
      expect(look.overSteps.findLast((one) => one.measure === measure)).toEqual({
        ...{ measure, step: 10 },
        r: expect.closeTo(r!, 9) as number,
        interval: { low: expect.closeTo(interval!.low, 9), high: expect.closeTo(interval!.high, 9) },
      });
    }
  });

  test('a step that only some replicates have is left out, and so is everything below four layers', () => {
    const [one, other] = looks;
    const some = [one, { ...other, history: other.history.slice(2) }];
    const over = lookTransfer({ looks: some, filters: [] }, results, undefined)!.overSteps;
    expect(new Set(over.map(({ step }) => step))).toEqual(new Set([10]));
    const few = lookTransfer(
      { looks, filters: [] },
      results.filter(({ n }) => n < 4),
      undefined,
    )!;
    expect(few.overSteps).toEqual([]);
  });

  test('every layer is in the tables at each step', () => {
    const { head, rows } = look.tables[1];
    expect(head).toEqual(['step', 'n', 'Sparsity', 'Orthogonality']);
    expect(rows).toHaveLength(15);
    expect(rows[7]).toEqual(['5', '3', '0.15', '0.29']);
    const { columns } = layerLooksTable(look);
    const column = (name: string) => columns.find((one) => one.name === name)!.cells;
    const places = column('step').flatMap((step, place) => (step === 5 ? [place] : []));
    expect(places.map((place) => column('n')[place])).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(column('value')[places[4]]).toBeCloseTo(0.15, 9);
  });
});
