import { describe, expect, test } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import { initialWeights, transplant, type Weights } from '../../src-main/network/weights.ts';

const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 10);

/** Not `toEqual`: printing how a quarter of a million numbers differ takes minutes. */
function same(a: Weights, b: Weights, name: string): boolean {
  const [left, right] = [a.get(name)!, b.get(name)!];
  return (
    left.shape.join() === right.shape.join() && Buffer.from(left.data.buffer).equals(Buffer.from(right.data.buffer))
  );
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

describe('initial weights', () => {
  const weights = initialWeights(network, 'seed');

  test('have the deviation that the spec asks for: sqrt(2 / fan in), or a given one', () => {
    for (const { name, role, size, fanIn, n } of network.parameters) {
      if (role === 'bias') continue;
      const { data } = weights.get(name)!;
      const wanted = { 1: 0.03, 8: 0.01 }[n] ?? Math.sqrt(2 / fanIn);
      // Four standard errors of a deviation and of a mean.
      expect(Math.abs(deviation(data) / wanted - 1), `deviation of ${name}`).toBeLessThan(4 / Math.sqrt(2 * size));
      expect(Math.abs(mean(data)) / wanted, `mean of ${name}`).toBeLessThan(4 / Math.sqrt(size));
    }
  });

  test('have the biases that the spec asks for', () => {
    const { name, inputSize, layers, training } = network.spec;
    const init = { weight: { kind: 'gaussian', std: 0.02 }, bias: 1 };
    const spec = networkSchema.parse({
      name,
      inputSize,
      training,
      layers: [{ ...layers[0], init }, ...layers.slice(1)],
    });
    const changed = initialWeights(resolveNetwork(spec, 10), 'seed');
    expect(new Set(changed.get('conv1.bias')!.data)).toEqual(new Set([1]));
    expect(new Set(changed.get('conv2.bias')!.data)).toEqual(new Set([0]));
    expect(Math.abs(deviation(changed.get('conv1.weight')!.data) / 0.02 - 1)).toBeLessThan(0.06);
  });

  test('are the same for the same seed, whatever stands below a layer, and others for another seed', () => {
    const [again, other] = [initialWeights(network, 'seed'), initialWeights(network, 'other')];
    expect(network.parameters.every(({ name }) => same(again, weights, name))).toBe(true);
    expect(same(other, weights, 'conv3.weight')).toBe(false);
    const { name, inputSize, layers, training } = network.spec;
    const without = layers.filter((layer) => layer.type !== 'lrn');
    const plain = resolveNetwork(networkSchema.parse({ name, inputSize, layers: without, training }), 10);
    const kept = initialWeights(plain, 'seed');
    expect(network.parameters.every((parameter) => same(kept, weights, parameter.name))).toBe(true);
  });
});

describe('a transplant', () => {
  const source = initialWeights(network, 'base');
  const fresh = initialWeights(network, 'treatment');

  test.each([0, 1, 3, 7, 8])(
    'takes the first %i layers from the source and every other from the fresh weights',
    (n) => {
      const weights = transplant(network, source, fresh, n);
      expect([...weights.keys()]).toEqual(network.parameters.map(({ name }) => name));
      for (const parameter of network.parameters) {
        const from = parameter.n <= n ? source : fresh;
        expect(same(weights, from, parameter.name), parameter.name).toBe(true);
      }
    },
  );

  test('between halves with different numbers of classes works up to the last layer only', () => {
    const more = initialWeights(resolveNetwork(network.spec, 12), 'base');
    expect(same(transplant(network, more, fresh, 7), source, 'fc7.weight')).toBe(true);
    expect(() => transplant(network, more, fresh, 8)).toThrow(
      'fc8.weight of the source does not have the shape 10x512',
    );
  });

  test('refuses a tensor of the right size but another shape', () => {
    const [filters, ...rest] = source.get('conv2.weight')!.shape;
    const turned = new Map(source).set('conv2.weight', {
      shape: [...rest, filters],
      data: source.get('conv2.weight')!.data,
    });
    expect(() => transplant(network, turned, fresh, 2)).toThrow('conv2.weight');
  });
});

test('momentum starts at zeros of every shape', () => {
  for (const { name, shape, size } of network.parameters)
    expect(zeroMoments(network).get(name)).toEqual({ shape, data: new Float32Array(size) });
});
