import { describe, expect, it } from 'vitest';
import { largestDifference, networkOf, norm, peers, samplePlaces, stepsOf } from './peer.ts';

/** Of the largest change that the steps made to a value of the same tensor. */
const TOLERANCE = 1e-4;

describe('steps of training come to what PyTorch comes to', () => {
  it.each(peers())('in %s', async (_family, peer) => {
    const { network, before, after, losses } = await stepsOf(peer);
    expect(largestDifference(losses, peer.losses)).toBeLessThan(TOLERANCE * peer.losses[0]);
    expect(network.parameters.map(({ name }) => name).toSorted()).toEqual(Object.keys(peer.after).toSorted());
    for (const { name, size } of network.parameters) {
      const [old, now, theirs] = [before.get(name)!.data, after.get(name)!.data, peer.after[name]];
      const samples = samplePlaces(size).map((place) => now[place]);
      expect(largestDifference(samples, theirs.values) / theirs.largest, name).toBeLessThan(TOLERANCE);
      const change = norm(now.map((value, i) => value - old[i]));
      expect(Math.abs(change / theirs.norm - 1), `norm of the change of ${name}`).toBeLessThan(TOLERANCE);
    }
  });
});

describe('networks are cut where their authors divide them', () => {
  /** Stages; in parentheses the blocks of one. */
  const cutsOf: Record<string, string> = {
    resnet50: 'conv1 | layer1.0 | (layer2.0) layer2.1 | layer3.0 | layer4.0',
    densenet:
      'features.conv0 | (features.denseblock1) features.transition1.conv | (features.denseblock2) features.transition2.conv' +
      ' | (features.denseblock3) features.transition3.conv | features.denseblock4',
    efficientnet_b0:
      'conv_stem | blocks.0.0 | blocks.1.0 | blocks.2.0 | (blocks.3.0 blocks.3.1 blocks.4.0) blocks.4.1' +
      ' | (blocks.5.0 blocks.5.1 blocks.6.0) conv_head',
    convnext:
      'stem.0 | stages.0.blocks.0 | (stages.1.downsample.1) stages.1.blocks.0' +
      ' | (stages.2.downsample.1 stages.2.blocks.0) stages.2.blocks.1 | (stages.3.downsample.1) stages.3.blocks.0',
    swin:
      'patch_embed.proj | (layers.0.blocks.0) layers.0.blocks.1' +
      ' | (layers.1.downsample.reduction layers.1.blocks.0) layers.1.blocks.1',
    vit: 'patch_embed.proj | blocks.0 | blocks.1 | blocks.2',
  };

  it.each(peers().filter(([name]) => cutsOf[name]))('%s', (name, peer) => {
    const { cuts, layers } = networkOf(peer);
    const stages: string[][] = [[]];
    for (const { name, level } of cuts) {
      stages.at(-1)!.push(name);
      if (level === 'stage') stages.push([]);
    }
    const text = stages
      .slice(0, -1)
      .map((blocks) => [...(blocks.length > 1 ? [`(${blocks.slice(0, -1).join(' ')})`] : []), blocks.at(-1)].join(' '));
    expect(text.join(' | ')).toBe(cutsOf[name]);
    // Norms right above the first weights are below the first cut with them.
    const firstNorm = layers.find(({ spec }) => spec.type.endsWith('-norm'))!;
    expect(firstNorm.n).toBe(firstNorm.block === undefined ? 1 : 2);
  });
});
