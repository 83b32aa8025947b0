import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import type { Layer, Network } from '../../src-main/network/network.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { randomGraphs } from '../engine/random-graphs.ts';
import { networkOf } from '../engine/random-networks.ts';

const builtIn = (name: string) => resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 10);
const names = ({ cuts }: Network) => cuts.map(({ name }) => name);
const stages = ({ cuts }: Network) => cuts.filter(({ level }) => level === 'stage').map(({ name }) => name);

/** The values made at or below a place that layers above it read, one by one. */
const crossing = (layers: readonly Layer[], place: number) =>
  new Set(layers.slice(place + 1).flatMap(({ sources }) => sources.filter((source) => source <= place)));

/** Whether a place lies between two layers of one block. */
const isInBlock = (layers: readonly Layer[], place: number) =>
  layers[place].block !== undefined && layers[place].block === layers[place + 1].block;

describe('the cuts of any graph', () => {
  it('are places that exactly one value crosses, and not in a block', () => {
    fc.assert(
      fc.property(randomGraphs, ({ layers, cuts, depth }) => {
        expect(cuts.map(({ n }) => n)).toEqual(Array.from({ length: depth - 1 }, (_, index) => index + 1));
        for (const { n } of cuts) {
          const place = layers.findLastIndex((layer) => layer.n === n);
          expect(layers.slice(0, place + 1).every((layer) => layer.n <= n)).toBe(true);
          expect(layers.slice(place + 1).every((layer) => layer.n > n)).toBe(true);
          expect(crossing(layers, place)).toEqual(new Set([place]));
          expect(isInBlock(layers, place)).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leave one convolution or dense layer together, or what no cut can part', () => {
    fc.assert(
      fc.property(randomGraphs, ({ layers, depth }) => {
        const parts: Layer[][] = [[]];
        layers.forEach((layer, place) => {
          parts.at(-1)!.push(layer);
          const isPlace = place < layers.length - 1 && crossing(layers, place).size === 1;
          if (isPlace && !isInBlock(layers, place)) parts.push([]);
        });
        const weighted = parts.filter((part) => part.some(({ spec }) => spec.type === 'conv' || spec.type === 'dense'));
        expect(depth).toBe(weighted.length);
      }),
      { numRuns: 200 },
    );
  });

  it('have names that differ', () => {
    fc.assert(
      fc.property(randomGraphs, (network) => {
        expect(new Set(names(network)).size).toBe(network.cuts.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the cuts of networks of the field', () => {
  it.each(['alexnet', 'alexnet-64', 'alexnet-32', 'alexnet-32-small'])('of %s are the seven of the paper', (name) => {
    const paper = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7'];
    expect(names(builtIn(name))).toEqual(paper);
    expect(stages(builtIn(name))).toEqual(paper);
  });

  it('of ResNet-18 lie after its stem and blocks, and its stages are the stem and layers 1 to 4', () => {
    const network = builtIn('resnet-18');
    const blocks = [1, 2, 3, 4].flatMap((layer) => [0, 1].map((block) => `layer${layer}.${block}`));
    expect(names(network)).toEqual(['conv1', ...blocks]);
    expect(stages(network)).toEqual(['conv1', 'layer1.1', 'layer2.1', 'layer3.1', 'layer4.1']);
    // Norm, ReLU and pooling of the stem belong to it; the pooling before the last layer to the block below.
    const stem = network.layers.filter(({ n }) => n === 1).map(({ spec }) => spec.type);
    expect(stem).toEqual(['conv', 'batch-norm', 'relu', 'pool']);
    expect(network.layers.filter(({ n }) => n === network.depth).map(({ name }) => name)).toEqual(['fc']);
  });

  it('of a vision transformer lie after patches with their positions, and after each block', () => {
    const network = builtIn('vit-32');
    expect(names(network)).toEqual(['patch_embed.proj', ...[0, 1, 2, 3, 4, 5].map((block) => `blocks.${block}`)]);
    expect(stages(network)).toEqual(['patch_embed.proj', 'blocks.1', 'blocks.3', 'blocks.5']);
    const below = network.layers.filter(({ n }) => n === 1).map(({ name }) => name);
    expect(below).toEqual(expect.arrayContaining(['cls_token', 'pos_embed']));
    // The last norm goes with the head.
    const head = network.layers.filter(({ n }) => n === network.depth).map(({ name }) => name);
    expect(head).toEqual(['norm', expect.stringMatching(/slice$/), 'head']);
  });

  it('of a ConvNeXt lie after its stem, blocks and downsamplings, which have their norm before them', () => {
    const network = builtIn('convnext-64');
    expect(names(network)).toEqual([
      ...['stem.0', 'stages.0.blocks.0', 'stages.0.blocks.1'],
      ...['stages.1.downsample.1', 'stages.1.blocks.0', 'stages.1.blocks.1'],
      ...['stages.2.downsample.1', ...[0, 1, 2, 3, 4, 5].map((block) => `stages.2.blocks.${block}`)],
      ...['stages.3.downsample.1', 'stages.3.blocks.0', 'stages.3.blocks.1'],
    ]);
    const last = ['stages.0.blocks.1', 'stages.1.blocks.1', 'stages.2.blocks.5', 'stages.3.blocks.1'];
    expect(stages(network)).toEqual(['stem.0', ...last]);
    const downsample = network.layers.filter(({ name }) => name.startsWith('stages.1.downsample'));
    expect(new Set(downsample.map(({ n }) => n))).toEqual(new Set([4]));
  });

  it('of a MobileNet lie after its separable blocks', () => {
    const network = builtIn('mobilenet-32');
    expect(names(network).slice(0, 3)).toEqual(['conv_stem', 'blocks.0.0', 'blocks.1.0']);
    expect(stages(network)).toEqual(['conv_stem', 'blocks.0.0', 'blocks.1.1', 'blocks.2.1', 'blocks.3.1']);
  });
});

describe('layer 1', () => {
  it('begins with whatever lies below the first weights', () => {
    const network = networkOf(
      8,
      [
        { type: 'pool', kernel: 2, stride: 2 },
        { type: 'batch-norm', name: 'images' },
        { type: 'table', name: 'offset', mode: 'add', shape: [3, 4, 4] },
        { type: 'conv', name: 'conv1', filters: 4, kernel: 3 },
        { type: 'relu' },
        { type: 'dense', name: 'last' },
      ],
      3,
    );
    expect(network.layers.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 2]);
    expect(names(network)).toEqual(['conv1']);
  });
});

it('no cut goes through a block, whatever blocks it is made of', () => {
  const conv = (name: string) => ({ type: 'conv' as const, name, filters: 4, kernel: 1 });
  const inner = { type: 'block' as const, name: 'inner', times: 2, layers: [conv('conv')] };
  const network = networkOf(
    8,
    [
      conv('stem'),
      { type: 'block', name: 'outer', times: 2, layers: [conv('first'), inner, conv('last')] },
      { type: 'dense', name: 'fc' },
    ],
    3,
  );
  expect(names(network)).toEqual(['stem', 'outer.0', 'outer.1']);
  expect(network.layers.map(({ n }) => n)).toEqual([1, 2, 2, 2, 2, 3, 3, 3, 3, 4]);
});
