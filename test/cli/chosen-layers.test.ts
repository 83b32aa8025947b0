import { expect, test } from 'vitest';
import { chosenLayers } from '../../src-main/cli/terminal/chosen-layers.ts';
import { parseLayers } from '../../src-main/cli/terminal/parse.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';

const networkNamed = (name: string) => resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 10);
const chosen = (text: string, network = 'resnet-32') => chosenLayers(parseLayers(text), networkNamed(network));

test('names are those of cuts, or of what several cuts are in', () => {
  expect(chosen('layer2.0,conv1')).toEqual([1, 5]);
  expect(chosen('layer2')).toEqual([7]);
  expect(chosen('conv5,fc6', 'alexnet')).toEqual([5, 6]);
});

test('stages end where images become smaller, blocks are all cuts, and each is taken once', () => {
  expect(chosen('stages')).toEqual([1, 4, 7, 10]);
  expect(chosen('stages,4,layer2.0')).toEqual([1, 4, 5, 7, 10]);
  expect(chosen('blocks')).toEqual(chosen('1-10'));
  expect(chosen('all')).toEqual(chosen('blocks'));
  expect(chosen('stages', 'alexnet')).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
