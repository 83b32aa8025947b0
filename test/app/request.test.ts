import { describe, expect, it } from 'vitest';
import { protocolOf, type RequestedStudy } from '../../src-main/app/planning/request.ts';
import { DEAD_LEAVES } from '../../src-main/data/dead-leaves/generate.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { commandOf } from '../../src-main/study/plan/repeat.ts';
import { memorySet } from '../data/memory-set.ts';

const { index } = memorySet({ size: 32, classes: [...'abcdefgh'], train: 3 });
/** Nothing was added to it. */
const HOME = '/nowhere';
const request: RequestedStudy = { preset: 'quick', data: index.id };
const seedsOf = (change: Partial<RequestedStudy>) =>
  protocolOf({ ...request, ...change }, index, HOME).replicates.map(({ splitSeed, trainingSeed }) => [
    splitSeed,
    trainingSeed,
  ]);

describe('random layers', () => {
  const statistics = (network: string, treatments: RequestedStudy['treatments']) =>
    protocolOf({ ...request, network: BUILT_IN_NETWORKS.get(network)!, treatments }, index, HOME).randomStatistics;

  it('have statistics of the target where they have batch norms, so that a study of AlexNet is what it was', () => {
    expect(statistics('resnet-32', ['transfer', 'random'])).toBe('of the target');
    expect(statistics('resnet-32', ['transfer'])).toBeUndefined();
    for (const name of ['alexnet-32', 'vit-32']) expect(statistics(name, ['random'])).toBeUndefined();
  });
});

describe('seeds of splits', () => {
  it('count up from 1, a split of its own for each training seed', () => {
    expect(seedsOf({ seeds: 3 })).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
  it('count up from the one that was asked for; training seeds stay', () => {
    expect(seedsOf({ seeds: 2, splitSeed: 40 })).toEqual([
      [40, 1],
      [41, 2],
    ]);
    expect(seedsOf({ seeds: 2, splits: 2, splitSeed: 0 })).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ]);
  });
  it('change nothing where the classes of A and B are given', () => {
    const split = { kind: 'lists', a: index.classes.slice(0, 4), b: index.classes.slice(4) } as const;
    expect(seedsOf({ split, splitSeed: 40 })).toEqual(seedsOf({ split }));
  });
  it('are in the command that repeats the study', () => {
    const command = (change: Partial<RequestedStudy>) =>
      commandOf(protocolOf({ ...request, ...change }, index, HOME), index);
    expect(command({ seeds: 2, splitSeed: 40 })).toContain('--split random --seeds 2 --split-seed 40 --layers');
    expect(command({ seeds: 2 })).not.toContain('--split-seed');
  });
});

it('the command that repeats a study names its network only where this version trains it alike', () => {
  const protocol = protocolOf({ ...request, epochs: 7 }, index, HOME);
  const { network } = protocol;
  expect(commandOf(protocol, index)).toContain(`--network ${network.name} `);
  const training = { ...network.training, learningRate: 2 * network.training.learningRate };
  const older = { ...protocol, network: { ...network, training } };
  expect(commandOf(older, index)).toContain('--network network.json ');
});

describe('the command that repeats a study of dead leaves', () => {
  const command = (train: number, heldOut: number) => {
    const counts = { trainCounts: index.classes.map(() => train), heldOutCounts: index.classes.map(() => heldOut) };
    const leaves = { ...index, ...counts, id: 'leaves', name: DEAD_LEAVES };
    return commandOf(protocolOf({ preset: 'standard', data: 'leaves' }, leaves, HOME), leaves);
  };

  it('names the preset that makes such images', () => {
    expect(command(400, 200)).toContain('--data dead-leaves --preset standard');
    expect(command(100, 50)).toContain('--data dead-leaves --preset quick');
  });
  it('names the images themselves where none does: those of a preset of before, or made on Data', () => {
    expect(command(400, 100)).toContain('--data leaves --network');
  });
});

it('the preset standard has nine splits, of which those of an older study with three are the first', () => {
  const older = protocolOf({ preset: 'standard', data: index.id, seeds: 3 }, index, HOME);
  const { replicates } = protocolOf({ preset: 'standard', data: index.id }, index, HOME);
  expect(replicates).toHaveLength(9);
  expect(replicates.slice(0, 3)).toEqual(older.replicates);
});
