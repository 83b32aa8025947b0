import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { ALEXNETS } from '../../src-main/network/alexnet.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { describeNetwork } from '../../src-main/network/describe.ts';
import { countNetwork, resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { networkSchema, type NetworkInput, type NetworkSpec } from '../../src-main/network/spec.ts';

const alexnet = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet')!, 1000);
const training = alexnet.spec.training;
const layersOf = (network: Network) => Object.fromEntries(network.layers.map((layer) => [layer.name, layer]));

describe("the paper's network", () => {
  test("has the parameters of Caffe's reference network: 60,965,224", () => {
    expect(countNetwork(alexnet).parameters).toBe(60_965_224);
    expect(alexnet.parameters.reduce((sum, { size }) => sum + size, 0)).toBe(60_965_224);
  });

  test("has the paper's layers", () => {
    const outputs = Object.fromEntries(alexnet.layers.map(({ name, output }) => [name, output.join('x')]));
    expect(outputs).toMatchObject({
      conv1: '96x55x55',
      'conv1.pool': '96x27x27',
      conv2: '256x27x27',
      'conv2.pool': '256x13x13',
      conv3: '384x13x13',
      conv4: '384x13x13',
      conv5: '256x13x13',
      'conv5.pool': '256x6x6',
      fc6: '4096x1x1',
      fc7: '4096x1x1',
      fc8: '1000x1x1',
    });
    const shapes = Object.fromEntries(alexnet.parameters.map(({ name, shape }) => [name, shape.join('x')]));
    expect(shapes).toMatchObject({
      'conv1.weight': '96x3x11x11',
      'conv2.weight': '256x48x5x5',
      'conv4.weight': '384x192x3x3',
      'fc6.weight': '4096x9216',
      'fc8.weight': '1000x4096',
      'fc8.bias': '1000',
    });
  });

  test('costs 724 million multiply-adds a picture in its weight layers', () => {
    const weighted = alexnet.layers.filter(({ parameters }) => parameters > 0);
    const multiplyAdds = weighted.reduce(
      (sum, { flops, output }) => sum + (flops - output[0] * output[1] * output[2]) / 2,
      0,
    );
    expect(multiplyAdds).toBe(724_406_816);
    const { flops } = countNetwork(alexnet);
    expect(flops / (2 * multiplyAdds)).toBeGreaterThan(1);
    expect(flops / (2 * multiplyAdds)).toBeLessThan(1.01);
  });
});

describe.each(ALEXNETS.map((input) => [input.name, BUILT_IN_NETWORKS.get(input.name)!] as const))('the built-in network %s', (name, spec) => {
  const network = resolveNetwork(spec, 10);
  test('has eight weight layers, conv1 to conv5 and fc6 to fc8, and is called by its name', () => {
    expect(spec.name).toBe(name);
    expect(network.depth).toBe(8);
    const weighted = network.layers.filter(({ parameters }) => parameters > 0).map((layer) => layer.name);
    expect(weighted).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8']);
  });
  test('counts what stands above a weight layer as belonging to it', () => {
    const { 'conv1.pool': pool, 'conv1.lrn': lrn, conv2, 'fc7.relu': relu, fc8 } = layersOf(network);
    expect([pool, lrn, conv2, relu, fc8].map(({ n }) => n)).toEqual([1, 1, 2, 7, 8]);
  });
  test('comes through its own schema unchanged', () => {
    expect(networkSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });
});

describe('shapes', () => {
  const window = {
    kernel: fc.integer({ min: 1, max: 9 }),
    stride: fc.integer({ min: 1, max: 5 }),
    pad: fc.integer({ min: 0, max: 4 }),
  };

  test('have as many rows as a window has positions inside the padded image', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 40 }), fc.record(window), fc.record(window), (inputSize, conv, pool) => {
        fc.pre(pool.pad < pool.kernel);
        const layers: NetworkInput['layers'] = [
          { type: 'conv', name: 'conv', filters: 2, ...conv },
          { type: 'pool', ...pool },
          { type: 'dense', name: 'fc' },
        ];
        const afterConv = countPositions(inputSize, conv);
        const afterPool = countPositions(afterConv, pool);
        const resolve = () => resolveNetwork(specOf(layers, inputSize), 3);
        if (afterConv === 0 || afterPool === 0) expect(resolve).toThrow(/window is larger than the padded input/);
        else {
          const outputs = resolve().layers.map(({ output }) => output);
          expect(outputs).toEqual([
            [2, afterConv, afterConv],
            [2, afterPool, afterPool],
            [3, 1, 1],
          ]);
        }
      }),
    );
  });

  test('of huge networks are refused before anything is allocated', () => {
    const wide: NetworkInput['layers'] = [
      { type: 'dense', name: 'a', units: 65536 },
      { type: 'dense', name: 'b', units: 65536 },
      { type: 'dense', name: 'c' },
    ];
    expect(() => resolveNetwork(specOf(wide, 4), 3)).toThrow(
      'Network "test", layer 2 (b): it brings the network to 4298244096 parameters; 500000000 is the most. Its input is 65536x1x1 (channels x rows x columns).',
    );
    const large: NetworkInput['layers'] = [
      { type: 'conv', name: 'a', filters: 65536, kernel: 1 },
      { type: 'dense', name: 'b' },
    ];
    expect(() => resolveNetwork(specOf(large, 512), 3)).toThrow(
      'Network "test", layer 1 (a): its output of 65536x512x512 values per image is too large; 16777216 is the most.',
    );
  });
});

test('a network is described as a table, one line per layer, with totals', () => {
  const layers: NetworkInput['layers'] = [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, stride: 2, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 2, stride: 2 },
    { type: 'dense', name: 'fc2' },
  ];
  expect(describeNetwork(resolveNetwork(specOf(layers, 16), 10))).toBe(
    [
      'test: 2 weight layers, images of 16x16, 10 classes',
      '',
      'n  layer                             output  parameters   FLOPs',
      '1  conv1       3x3, stride 2, pad 1  4x8x8          112  14,080',
      '   conv1.relu                        4x8x8                  256',
      '   conv1.pool  max 2x2, stride 2     4x4x4                  256',
      '2  fc2                               10x1x1         650   1,290',
      '   total                                            762  15,882',
      '',
    ].join('\n'),
  );
});

test('of a network whose layers n are blocks, the description says where it can be cut', () => {
  const lines = describeNetwork(resolveNetwork(BUILT_IN_NETWORKS.get('resnet-32')!, 10)).split('\n');
  expect(lines[0]).toBe('resnet-32: 20 weight layers, 10 cuts, images of 32x32, 10 classes');
  expect(lines.slice(-12, -6)).toEqual([
    'n   cut after  end of a',
    '1   conv1      stage',
    '2   layer1.0   block',
    '3   layer1.1   block',
    '4   layer1.2   stage',
    '5   layer2.0   block',
  ]);
});

function specOf(layers: NetworkInput['layers'], inputSize: number): NetworkSpec {
  return networkSchema.parse({ name: 'test', inputSize, layers, training });
}

/** By sliding the window over the padded image. */
function countPositions(
  size: number,
  { kernel, stride, pad }: { kernel: number; stride: number; pad: number },
): number {
  let positions = 0;
  for (let start = -pad; start + kernel <= size + pad; start += stride) positions++;
  return positions;
}
