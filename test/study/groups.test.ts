import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupRuns, operations } from '../../src-main/study/plan/groups.ts';
import { planStudy, type PlannedRun } from '../../src-main/study/plan/plan.ts';
import { TREATMENT_KINDS } from '../../src-main/common/treatments/treatments.ts';
import { type Network, resolveNetwork } from '../../src-main/network/network.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';

const classes = ['a', 'b', 'c', 'd'];
const data = {
  ...{ id: '0123456789abcdef', name: 'made up', size: 32, classes, groups: {} },
  trainCounts: [100, 100, 100, 100],
};
const { runs } = planStudy(
  {
    name: 'test',
    data: { id: data.id, name: data.name },
    network: BUILT_IN_NETWORKS.get('alexnet-32-small')!,
    split: { kind: 'random' },
    replicates: [1, 2].map((seed) => ({ splitSeed: seed, trainingSeed: seed })),
    layers: [1, 2, 3, 4, 5, 6, 7],
    treatments: [...TREATMENT_KINDS],
    bothDirections: false,
    engine: 'onnx',
  },
  data,
);
const names = (groups: readonly (readonly PlannedRun[])[]) =>
  groups.map((group) => group.map(({ name }) => name).join(' '));

test('A1B..A7B are one group, as are B1B..B7B and R1B..R7B of a replicate; bases and what is fine-tuned are alone', () => {
  const groups = groupRuns(runs, { workers: 1, memory: Infinity });
  const several = groups.filter((group) => group.length > 1);
  const chopped = (letter: string) => [1, 2, 3, 4, 5, 6, 7].map((n) => `${letter}${n}B`).join(' ');
  expect(names(several).sort()).toEqual(['A', 'A', 'B', 'B', 'R', 'R'].map(chopped));
  for (const group of several) expect(new Set(group.map(({ replicate }) => replicate)).size).toBe(1);
  expect(groups).toHaveLength(6 + 2 * (2 + 14));
});

test('every run is in one group, with the same source, within the memory and an equal share of the work', () => {
  const limits = fc.record({ workers: fc.integer({ min: 1, max: 40 }), memory: fc.integer({ min: 0, max: 2e9 }) });
  fc.assert(
    fc.property(fc.subarray([...runs]), limits, (some, { workers, memory }) => {
      const groups = groupRuns(some, { workers, memory });
      expect(names(groups).join(' ').split(' ').sort()).toEqual(
        some.length > 0 ? names([some])[0]!.split(' ').sort() : [''],
      );
      const work = groupRuns(some, { workers: 1, memory: Infinity }).reduce((sum, group) => sum + operations(group), 0);
      for (const group of groups.filter(({ length }) => length > 1)) {
        expect(operations(group)).toBeLessThanOrEqual(work / workers + 1);
        expect(new Set(group.map(({ identity, batchSeed }) => `${identity.source} ${batchSeed}`)).size).toBe(1);
        for (const { identity } of group) expect(identity.frozen).toBeGreaterThan(0);
      }
    }),
    { numRuns: 30 },
  );
});

test('bases come first, then long groups, then short ones; what shares less comes apart first', () => {
  const ordered = names(groupRuns(runs, { workers: 1, memory: Infinity }));
  expect(ordered.slice(0, 4).sort()).toEqual(['baseA', 'baseA', 'baseB', 'baseB']);
  expect(ordered.slice(4, 10).every((group) => group.includes(' '))).toBe(true);
  const transfer: PlannedRun[] = runs.filter(({ name, replicate }) => /^A\dB$/.test(name) && replicate === 0);
  expect(names(groupRuns(transfer, { workers: 2, memory: Infinity })).sort()).toEqual(
    names(groupRuns([...transfer].reverse(), { workers: 2, memory: Infinity })).sort(),
  );
  expect(names(groupRuns(transfer, { workers: 1, memory: 0 }))).toEqual(transfer.map(({ name }) => name));
});

test('an engine without prefixes trains each network alone', () => {
  const others = runs.map((run) => ({ ...run, identity: { ...run.identity, engine: 'tensorflow' as const } }));
  expect(groupRuns(others, { workers: 1, memory: Infinity })).toHaveLength(runs.length);
});

test('the networks above a shared prefix of a ResNet or ViT are one group, within what they were measured to need', () => {
  const grouped = (name: string, memory: number) => {
    const network = BUILT_IN_NETWORKS.get(name)!;
    const { runs } = planStudy(
      {
        ...{ name: 'test', data: { id: data.id, name: data.name }, network, split: { kind: 'random' }, engine: 'onnx' },
        ...{ layers: [1, 2, 3], treatments: ['transfer', 'transfer~norms', 'transfer~4'], bothDirections: false },
        replicates: [{ splitSeed: 1, trainingSeed: 1 }],
      },
      { ...data, trainCounts: [400, 400, 400, 400] },
    );
    return names(groupRuns(runs, { workers: 1, memory })).filter((group) => group.startsWith('A1B'));
  };
  const whole = 'A1B A2B A3B';
  for (const name of ['resnet-32', 'vit-32']) {
    // Variants change something below n and share nothing.
    expect(grouped(name, Infinity).toSorted()).toEqual([whole, 'A1B~4', 'A1B~norms'].toSorted());
    expect(grouped(name, 1e8)).not.toContain(whole);
  }
  // Measured: 373 MB for a whole resnet-32 in batches of 128, and less above frozen layers.
  expect(grouped('resnet-32', 2e9)).toContain(whole);
});

test('a group costs less than its networks one by one', () => {
  const group = runs.filter(({ name, replicate }) => /^A\dB$/.test(name) && replicate === 0);
  const alone = group.reduce((sum, run) => sum + operations([run]), 0);
  expect(operations(group)).toBeLessThan(0.75 * alone);
});

test('the lowest layers that learn have no gradients of their inputs', () => {
  const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 2);
  const flops = (which: (layer: Network['layers'][number]) => boolean) =>
    network.layers.filter(which).reduce((sum, layer) => sum + layer.flops, 0);
  const images = runs[0].steps * network.spec.training.batchSize;
  const [base, chopped] = ['baseA', 'A4B'].map((wanted) => operations([runs.find(({ name }) => name === wanted)!]));
  // What has no weights has gradients of its inputs alone.
  const step = (border: number) => {
    const above = flops(({ n }) => n > border);
    const weighted = flops(({ n, parameters }) => n > border && parameters > 0);
    const lowest = network.layers.find(({ n }) => n > border)!.flops;
    return flops(({ n }) => n <= border) + above + weighted + (above - lowest);
  };
  expect(base).toBeCloseTo(images * step(0), -1);
  expect(chopped).toBeCloseTo(images * step(4), -1);
  // Both branches of a residual block begin at the border.
  const { runs: blocks } = planStudy(
    {
      ...{ name: 'test', data: { id: data.id, name: data.name }, network: BUILT_IN_NETWORKS.get('resnet-32')! },
      ...{ split: { kind: 'random' }, replicates: [{ splitSeed: 1, trainingSeed: 1 }], engine: 'onnx' },
      ...{ layers: [4], treatments: ['transfer'], bothDirections: false },
    },
    data,
  );
  const residual = resolveNetwork(blocks[0].network, 2);
  const first = residual.layers.filter(({ n, sources }) => n === 5 && sources.every((at) => residual.layers[at].n < 5));
  const all = residual.layers.filter(({ n }) => n > 4);
  const sum = (layers: Network['layers']) => layers.reduce((total, layer) => total + layer.flops, 0);
  expect(operations([blocks.find(({ name }) => name === 'A4B')!])).toBeCloseTo(
    blocks[0].steps *
      residual.spec.training.batchSize *
      (sum(residual.layers) + sum(all.filter(({ parameters }) => parameters > 0)) + sum(all) - sum(first)),
    -1,
  );
});

test('what is unfrozen from the top costs more than frozen and less than fine-tuned, layer by layer and epoch by epoch', () => {
  const network = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
  const costs = (epochs: number) => {
    const { runs } = planStudy(
      {
        name: 'test',
        data: { id: data.id, name: data.name },
        network: { ...network, training: { ...network.training, epochs } },
        split: { kind: 'random' },
        replicates: [{ splitSeed: 1, trainingSeed: 1 }],
        layers: [3],
        treatments: ['transfer', 'transfer+', 'transfer^'],
        bothDirections: false,
        engine: 'onnx',
      },
      data,
    );
    const of = (name: string) => operations(runs.filter((run) => run.name === name)) / epochs;
    return { frozen: of('A3B'), tuned: of('A3B+'), thawing: of('A3B^') };
  };
  const { frozen, tuned, thawing } = costs(4);
  expect(frozen).toBeLessThan(thawing);
  expect(thawing).toBeLessThan(tuned);
  // One epoch is the frozen one; of very many, nearly all are fine-tuned.
  const [one, many] = [costs(1), costs(1000)];
  expect(one.thawing).toBe(one.frozen);
  expect(many.thawing / many.tuned).toBeCloseTo(1, 2);
});
