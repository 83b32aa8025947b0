import { expect, it } from 'vitest';
import { Cancelled } from '../../src-main/errors.ts';
import { fieldSize } from '../../src-main/network/receptive-field.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { visualise } from '../../src-main/units/feature-visualisation.ts';
import { Preconditioner } from '../../src-main/units/preconditioner.ts';
import { RandomStream } from '../../src-main/random.ts';
import { networkOf, smallWithDropout } from '../engine/random-networks.ts';

const network = smallWithDropout();
const weights = initialWeights(network, 'visualisation');
const common = { network, weights, seeds: 1, threads: 1 };

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centred = (values: ArrayLike<number>) => {
    const all = Array.from(values);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    return all.map((value) => value - mean);
  };
  const [x, y] = [centred(a), centred(b)];
  return x.reduce((sum, value, i) => sum + value * y[i], 0) / (Math.hypot(...x) * Math.hypot(...y));
}

it('of the first layer is the filter itself', async () => {
  const { window, pictures } = await visualise({ ...common, n: 1, units: [0, 3, 5] });
  const { shape, data } = weights.get('conv1.weight')!;
  const [, , rows, columns] = shape;
  expect(window).toMatchObject({ rows, columns });
  for (const { unit, picture } of pictures) {
    const area = rows * columns;
    // [rows, columns, 3] against [3, rows, columns].
    const filter = Array.from(picture, (_, i) => data[unit * 3 * area + (i % 3) * area + Math.floor(i / 3)]);
    expect(correlation(picture, filter), `filter ${unit}`).toBeGreaterThan(0.6);
  }
});

it('climbs, in any layer, within what can be displayed, and from each beginning to a picture of its own', async () => {
  for (const n of [2, 6, 8]) {
    const { window, pictures } = await visualise({ ...common, n, units: [1], seeds: 2 });
    expect(window.rows).toBe(fieldSize(network, n));
    for (const { response, before, picture } of pictures) {
      expect(response).toBeGreaterThan(before);
      expect(picture).toHaveLength(3 * window.rows * window.columns);
      expect(new Set(picture).size).toBeGreaterThan(20);
    }
    expect(pictures[0].picture).not.toEqual(pictures[1].picture);
  }
});

it('says of a picture what the network says of its bytes, around the mean of the images', async () => {
  const linear = networkOf(
    6,
    [
      { type: 'dense', name: 'first', units: 2 },
      { type: 'dense', name: 'last' },
    ],
    2,
    { inputScale: 0.5 },
  );
  const own = initialWeights(linear, 'any');
  const mean = Float32Array.from({ length: 108 }, (_, place) => 100 + (place % 7) + 0.25);
  const options = { network: linear, weights: own, n: 1, units: [1], seeds: 1, mean, threads: 1 };
  const [{ picture, response }] = (await visualise(options)).pictures;
  const weight = own.get('first.weight')!.data.subarray(108);
  const sum = weight.reduce((total, value, place) => {
    const byte = picture[(place % 36) * 3 + Math.floor(place / 36)];
    return total + value * 0.5 * (byte - mean[place]);
  }, own.get('first.bias')!.data[1]);
  expect(response).toBeCloseTo(sum, 2);
  // The best of all pictures is black and white; this one has gone most of the way.
  const best = weight.reduce((total, value, place) => {
    return total + value * 0.5 * ((value > 0 ? 255 : 0) - mean[place]);
  }, 0);
  expect(response).toBeGreaterThan(0.4 * best);
});

it('is the same again, whichever units it is made with', async () => {
  const together = await visualise({ ...common, n: 3, units: [2, 7] });
  const alone = await visualise({ ...common, n: 3, units: [7] });
  const [, second] = together.pictures;
  expect(correlation(second.picture, alone.pictures[0].picture)).toBeGreaterThan(0.99);
  expect((await visualise({ ...common, n: 3, units: [7] })).pictures).toEqual(alone.pictures);
});

it('of a unit that makes no difference is the mean: nothing', async () => {
  const dead = new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]),
  );
  const [{ picture, response }] = (await visualise({ ...common, weights: dead, n: 4, units: [0] })).pictures;
  expect(response).toBe(0);
  expect(picture.every((level) => Math.abs(level - 128) < 64)).toBe(true);
});

it('stops when it is told to, and has no unit beyond the layer', async () => {
  const signal = AbortSignal.abort();
  await expect(visualise({ ...common, n: 2, units: [0], signal })).rejects.toThrow(Cancelled);
  await expect(visualise({ ...common, n: 8, units: [10] })).rejects.toThrow('layer 8 has no unit 10');
});

it('goes uphill whatever the gradient, and counts what is coarse and grey for more', () => {
  const side = 12;
  const conditioner = new Preconditioner(side, 4);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const random = new RandomStream('gradient');
  for (let trial = 0; trial < 20; trial++) {
    const a = Float32Array.from({ length: 3 * side * side }, () => random.gaussian());
    const b = Float32Array.from({ length: 3 * side * side }, () => random.gaussian());
    expect(dot(a, conditioner.apply(a))).toBeGreaterThan(0);
    // Symmetric, as what comes of a change of coordinates must be.
    expect(Math.abs(dot(b, conditioner.apply(a)) - dot(a, conditioner.apply(b)))).toBeLessThan(1e-2);
  }
  const gain = (value: (channel: number, column: number) => number) => {
    const wave = Float32Array.from({ length: 3 * side * side }, (_, i) => value(Math.floor(i / side ** 2), i % side));
    return dot(wave, conditioner.apply(wave)) / dot(wave, wave);
  };
  const coarse = gain((_, column) => Math.cos((2 * Math.PI * column) / 12));
  const fine = gain((_, column) => Math.cos(Math.PI * column));
  const coloured = gain((channel, column) => (1 - channel) * Math.cos((2 * Math.PI * column) / 12));
  expect(coarse).toBeGreaterThan(5 * fine);
  expect(coarse).toBeGreaterThan(2 * coloured);
});
