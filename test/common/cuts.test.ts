import { describe, expect, it } from 'vitest';
import { areNamed, depthWords, nameAt, offeredLayers, withName } from '../../src-main/common/cuts.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { PRESETS } from '../../src-main/study/plan/presets.ts';

const networkNamed = (name: string) => resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 10);
const cutsOf = (name: string) => networkNamed(name).cuts;

describe('the n that a preset offers', () => {
  it('are its own for AlexNets, so that their studies stay the same', () => {
    for (const { layers } of Object.values(PRESETS))
      for (const name of ['alexnet', 'alexnet-64', 'alexnet-32', 'alexnet-32-small'])
        expect(offeredLayers(layers, cutsOf(name))).toEqual(layers);
    expect(offeredLayers(PRESETS.quick.layers, cutsOf('alexnet').slice(0, 2))).toEqual([1, 2]);
    expect(offeredLayers(PRESETS.quick.layers, cutsOf('alexnet'), 3)).toEqual([1, 2, 3]);
  });
  it('are the stages of a deeper network, and of smoke only some', () => {
    expect(offeredLayers(PRESETS.quick.layers, cutsOf('resnet-32'))).toEqual([1, 4, 7, 10]);
    expect(offeredLayers(PRESETS.quick.layers, cutsOf('resnet-64'))).toEqual([1, 3, 5, 7, 9]);
    expect(offeredLayers(PRESETS.smoke.layers, cutsOf('resnet-32'))).toEqual([1, 7, 10]);
    expect(offeredLayers(PRESETS.smoke.layers, cutsOf('resnet-64'))).toEqual([1, 5, 9]);
    expect(offeredLayers(PRESETS.quick.layers, cutsOf('resnet-32'), 7)).toEqual([1, 4, 7]);
  });
});

describe('the name of a cut', () => {
  it('is said only where it says more than its number', () => {
    expect(areNamed(cutsOf('alexnet'))).toBe(false);
    expect(withName(cutsOf('alexnet'), 6)).toBe('6');
    expect(nameAt(cutsOf('alexnet'), 6)).toBeUndefined();
    expect(withName(cutsOf('resnet-32'), 5)).toBe('5 (layer2.0)');
    expect(nameAt(cutsOf('resnet-32'), 0)).toBeUndefined();
  });
});

it('the depth of a network is said in weight layers, and in cuts where a block holds several', () => {
  const words = (name: string) => {
    const { layers, depth } = networkNamed(name);
    return depthWords(
      layers.map(({ spec }) => spec.type),
      depth,
    );
  };
  expect(words('alexnet')).toBe('8 weight layers');
  expect(words('resnet-32')).toBe('20 weight layers, 10 cuts');
});
