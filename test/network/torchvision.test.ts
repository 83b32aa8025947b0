import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { batchCounters } from '../../src-main/app/network-file/write.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';

/** `torchvision.models.resnet18().state_dict()`, torchvision 0.29 and timm 1.0.31: names and shapes. */
const listed = readFileSync(new URL('resnet18-tensors.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

it('has the tensors of torchvision’s and timm’s ResNet-18 in resnet-18, and in no other order of sides', () => {
  const network = resolveNetwork(BUILT_IN_NETWORKS.get('resnet-18')!, 1000);
  const tensors = [
    ...network.parameters.map(({ name, shape }) => `${name} ${shape.join('x')}`),
    ...batchCounters(network, 1).map(([name, { shape }]) => `${name} ${shape.join('x') || 'number'}`),
  ];
  expect(tensors.toSorted()).toEqual(listed.toSorted());
});
