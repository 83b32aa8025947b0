import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { planStudy, studyId } from '../../src-main/study/plan/plan.ts';
import type { PlannedData } from '../../src-main/study/plan/planned-data.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { tinyViT } from '../network/tiny-graphs.ts';
import { TREATMENT_KINDS, type TreatmentKind } from '../../src-main/common/treatments/treatments.ts';

const classes = Array.from({ length: 12 }, (_, index) => `class-${String(index).padStart(2, '0')}`);
const data: PlannedData = {
  id: '0123456789abcdef',
  name: 'made up',
  size: 32,
  classes,
  groups: Object.fromEntries(classes.map((name, index) => [name, index < 6 ? 'natural' : 'man-made'])),
  trainCounts: classes.map(() => 50),
};

/** The paper's, and one of each sort beside them. */
const EVERY_KIND: readonly TreatmentKind[] = [
  ...TREATMENT_KINDS,
  ...([
    'selffer+0.1',
    'transfer+0.1',
    'selffer~4',
    'transfer~4',
    'transfer~8',
    'selffer^',
    'transfer^',
    'transfer+^0.75',
  ] as const),
];

const protocol = (changes: Partial<Protocol> = {}): Protocol => ({
  name: 'test',
  data: { id: data.id, name: data.name },
  network: BUILT_IN_NETWORKS.get('alexnet-32-small')!,
  split: { kind: 'random' },
  replicates: [{ splitSeed: 1, trainingSeed: 1 }],
  layers: [1, 2, 3, 4, 5, 6, 7],
  treatments: [...TREATMENT_KINDS],
  bothDirections: false,
  engine: 'onnx',
  ...changes,
});

describe('the plan of a study', () => {
  it('is the paper’s experiment: two bases, four treatments and the random control for each n', () => {
    const names = planStudy(protocol({ layers: [3] }), data).runs.map((run) => run.name);
    expect(names).toEqual(['baseA', 'baseB', 'B3B', 'B3B+', 'A3B', 'A3B+', 'R3B']);
    expect(planStudy(protocol(), data).runs).toHaveLength(2 + 7 * 5);
  });

  it('copies selffer layers from the target’s own base and transfer layers from the other one', () => {
    const { runs } = planStudy(protocol(), data);
    const key = (name: string) => runs.find((run) => run.name === name)!.key;
    const source = (name: string) => runs.find((run) => run.name === name)!.identity.source;
    expect(source('B4B')).toBe(key('baseB'));
    expect(source('B4B+')).toBe(key('baseB'));
    expect(source('A4B')).toBe(key('baseA'));
    expect(source('A4B+')).toBe(key('baseA'));
    expect(source('R4B')).toBeNull();
  });

  it('freezes n layers in BnB, AnB and the random control, none where layers are fine-tuned', () => {
    const frozen = Object.fromEntries(
      planStudy(protocol({ layers: [5] }), data).runs.map((run) => [run.name, run.identity.frozen]),
    );
    expect(frozen).toEqual({ baseA: 0, baseB: 0, B5B: 5, 'B5B+': 0, A5B: 5, 'A5B+': 0, R5B: 5 });
  });

  it('has random networks of their own where their batch norms have statistics of the target', () => {
    const network = BUILT_IN_NETWORKS.get('resnet-32')!;
    const [before, after] = [{}, { randomStatistics: 'of the target' as const }].map((changes) =>
      planStudy(protocol({ network, layers: [4], ...changes }), data),
    );
    const differ = after.runs.filter(({ key }, place) => key !== before.runs[place].key).map(({ name }) => name);
    expect(differ).toEqual(['R4B']);
    expect(after.runs.map(({ batchSeed }) => batchSeed)).toEqual(before.runs.map(({ batchSeed }) => batchSeed));
    expect(after.runs.find(({ name }) => name === 'R4B')!.identity.randomStatistics).toBe('of the target');
  });

  it('trains and tests every treatment on the target’s classes only', () => {
    const plan = planStudy(protocol({ bothDirections: true }), data);
    const { a, b } = plan.replicates[0].split;
    for (const run of plan.runs) expect(run.identity.classes).toEqual(run.treatment.target === 'A' ? a : b);
  });

  it('adds the transfers from B to A when both directions are asked for', () => {
    const { runs } = planStudy(protocol({ bothDirections: true, layers: [2] }), data);
    expect(runs.map((run) => run.name)).toEqual([
      ...['baseA', 'baseB'],
      ...['B2B', 'B2B+', 'A2B', 'A2B+', 'R2B'],
      ...['A2A', 'A2A+', 'B2A', 'B2A+', 'R2A'],
    ]);
  });

  it('leaves out baseA when nothing is transferred from it', () => {
    const { runs } = planStudy(protocol({ treatments: ['selffer'], layers: [1] }), data);
    expect(runs.map((run) => run.name)).toEqual(['baseB', 'B1B']);
  });

  it('gives runs that two studies share the same key, whatever else the studies do', () => {
    const keys = (changes: Partial<Protocol>) =>
      new Map(planStudy(protocol(changes), data).runs.map((run) => [run.name, run.key]));
    const few = keys({ layers: [3], treatments: ['transfer'], name: 'another name' });
    const many = keys({});
    for (const [name, key] of few) expect(many.get(name)).toBe(key);
  });

  it('gives a run another key when anything that decides its numbers changes', () => {
    const network = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
    const keyOf = (changes: Partial<Protocol>, of = data) => planStudy(protocol(changes), of).runs.at(-1)!.key;
    const keys = [
      keyOf({}),
      keyOf({ replicates: [{ splitSeed: 1, trainingSeed: 2 }] }),
      keyOf({ replicates: [{ splitSeed: 2, trainingSeed: 1 }] }),
      keyOf({ imagesPerClass: 20 }),
      keyOf({ engine: 'tensorflow' }),
      keyOf({ network: { ...network, training: { ...network.training, epochs: 7 } } }),
      keyOf({ network: { ...network, training: { ...network.training, learningRate: 0.02 } } }),
      keyOf({}, { ...data, id: 'fedcba9876543210' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('gives the networks of the paper the keys that they always had: what is stored stays theirs', () => {
    const small = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
    // Of studies that are stored: its learning rate until 1 December 2026.
    const network = { ...small, training: { ...small.training, learningRate: 0.006 } };
    const keys = planStudy(protocol({ layers: [3], network }), data).runs.map((run) => run.key.slice(0, 8));
    expect(keys).toEqual(['3bcb386a', '7d0e7207', '05f41a1e', 'b59cf7ab', 'd926a4cd', '9dd7118b', '8b1d72d8']);
  });

  it('says of slower layers only where they are', () => {
    const { runs } = planStudy(protocol({ layers: [3], treatments: ['transfer+', 'transfer+0.1'] }), data);
    const [, , tuned, slow] = runs;
    expect(slow.name).toBe('A3B+0.1');
    expect(slow.identity).toEqual({ ...tuned.identity, copiedRate: 0.1 });
  });

  it('says of adapters and of unfreezing only where they are, and that nothing is frozen to the end', () => {
    const { runs } = planStudy(protocol({ layers: [3], treatments: ['transfer+', 'transfer~4', 'transfer^'] }), data);
    const [, , tuned, adapted, unfrozen] = runs;
    expect([adapted.name, unfrozen.name]).toEqual(['A3B~4', 'A3B^']);
    expect(adapted.identity).toEqual({ ...tuned.identity, adapterRank: 4 });
    expect(unfrozen.identity).toEqual({ ...tuned.identity, unfreezing: 'from the top' });
    expect(Object.keys(tuned.identity)).not.toContain('adapterRank');
    expect(adapted.network).toEqual(tuned.network);
  });

  it('says of norms that alone change, and of rates that decay, only where they are', () => {
    const treatments = ['transfer~stats', 'transfer~norms', 'transfer+', 'transfer+^0.75'] as const;
    const network = BUILT_IN_NETWORKS.get('resnet-32')!;
    const { runs } = planStudy(protocol({ layers: [3], treatments: [...treatments], network }), data);
    const [, , statistics, affine, tuned, decaying] = runs;
    expect(runs.map(({ name }) => name).slice(2)).toEqual(['A3B~stats', 'A3B~norms', 'A3B+', 'A3B+^0.75']);
    expect(statistics.identity).toEqual({ ...tuned.identity, normStatistics: 'of the target' });
    expect(affine.identity).toEqual({ ...tuned.identity, normAffine: 'learns' });
    expect(decaying.identity).toEqual({ ...tuned.identity, rateDecay: 0.75 });
  });

  it('refuses treatments of norms where no norm can be copied', () => {
    const planned = (network: Protocol['network'], kind: TreatmentKind) => () =>
      planStudy(protocol({ layers: [1], treatments: [kind], network }), data);
    const alexNet = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
    expect(planned(alexNet, 'transfer~norms')).toThrow(
      'AnB~norms changes only the norms of copied layers, and alexnet-32-small has none that could be copied: leave it out, or choose a network with norms.',
    );
    expect(planned(alexNet, 'selffer~stats')).toThrow(/^BnB~stats changes only the batch norms of copied layers, and /);
    // Layer norms have no statistics.
    expect(planned(tinyViT, 'transfer~stats')).toThrow(/^AnB~stats .* choose a network with batch norms\.$/);
    expect(planned(tinyViT, 'transfer~norms')).not.toThrow();
  });

  it('gives every run its own initial weights, and the same ones on every engine', () => {
    const seeds = (engine: Protocol['engine']) => planStudy(protocol({ engine }), data).runs.map((run) => run.seed);
    expect(new Set(seeds('onnx')).size).toBe(37);
    expect(seeds('tensorflow')).toEqual(seeds('onnx'));
  });

  it('gives all runs of a replicate on one half the same batches, and no others', () => {
    const replicates = [1, 2].map((seed) => ({ splitSeed: 1, trainingSeed: seed }));
    const seeds = (engine: Protocol['engine']) =>
      planStudy(protocol({ bothDirections: true, replicates, engine, treatments: [...EVERY_KIND] }), data).runs.map(
        (run) => {
          return [`${run.replicate} ${run.treatment.target}`, run.batchSeed] as const;
        },
      );
    const pairs = new Map(seeds('onnx').map((pair) => [pair.join(), pair]));
    expect([...pairs.values()].map(([place]) => place).sort()).toEqual(['0 A', '0 B', '1 A', '1 B']);
    expect(new Set([...pairs.values()].map(([, seed]) => seed)).size).toBe(4);
    expect(seeds('tensorflow')).toEqual(seeds('onnx'));
  });

  it('is a graph in which sources stand before what is made from them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.uniqueArray(fc.constantFrom(...EVERY_KIND), { minLength: 1 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (layers, treatments, bothDirections, seeds) => {
          const replicates = Array.from({ length: seeds }, (_, seed) => ({ splitSeed: seed, trainingSeed: seed }));
          const { runs } = planStudy(protocol({ layers, treatments, bothDirections, replicates }), data);
          const seen = new Set<string>();
          for (const run of runs) {
            if (run.identity.source) expect(seen).toContain(run.identity.source);
            expect(run.identity.frozen).toBeLessThanOrEqual(run.identity.n);
            seen.add(run.key);
          }
          expect(seen.size).toBe(runs.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('counts steps over the images that are used, and fits the batch to a small set', () => {
    const [run] = planStudy(protocol({ imagesPerClass: 5 }), data).runs;
    expect(run.network.training.batchSize).toBe(30);
    expect(run.steps).toBe(run.network.training.epochs);
  });

  it('refuses a layer that the network doesn’t have', () => {
    expect(() => planStudy(protocol({ layers: [8] }), data)).toThrow(
      "Layer 8 can't be chopped: alexnet-32-small can be cut at n = 1 to 7.",
    );
  });

  it('refuses more images per class than there are, naming the class', () => {
    expect(() => planStudy(protocol({ imagesPerClass: 51 }), data)).toThrow(
      /51 training images per class were asked for, but class "class-\d\d" of made up has 50; ask for 50 or fewer\./,
    );
  });
});

describe('what was planned before features could come from elsewhere', () => {
  const letters: PlannedData = {
    ...{ id: '0123456789abcdef', name: 'letters', size: 36, classes: [...'abcdefgh'] },
    groups: Object.fromEntries([...'abcdefgh'].map((name, place) => [name, place < 4 ? 'x' : 'y'])),
    trainCounts: [9, 9, 9, 9, 9, 9, 9, 9],
  };
  const plain: Protocol = {
    ...{ name: 's', data: { id: letters.id, name: letters.name }, network: BUILT_IN_NETWORKS.get('alexnet-32')! },
    split: { kind: 'random' },
    replicates: [1, 2].map((seed) => ({ splitSeed: seed, trainingSeed: seed })),
    layers: [1, 4],
    treatments: ['selffer', 'selffer+', 'transfer', 'transfer+', 'random', 'transfer+0.1', 'transfer~4'],
    bothDirections: false,
    engine: 'onnx',
  };
  const pretrained = { sha256: 'ab'.repeat(32), name: 'f.onnx', layers: 4 };

  /** Of the program of 30 November 2026: study, number of trainings, hash of all that tells them. */
  it.each<[changes: Partial<Protocol>, study: string, trainings: number, hash: string]>([
    [{}, 'a0556f6f62a0', 32, 'b58d41d3d0e5f769'],
    [{ bothDirections: true, imagesPerClass: 5, examples: [1, 3] }, '36c760a58ded', 180, 'bca3c69f37b514fc'],
    [
      { network: BUILT_IN_NETWORKS.get('resnet-32')!, split: { kind: 'groups', a: ['x'], b: ['y'] } },
      ...(['cc8210cdd0e0', 32, '8d3011a78d849e56'] as const),
    ],
    [
      { split: { kind: 'lists', a: ['a', 'b'], b: ['c', 'd'] }, pretrained },
      ...(['f989d090e01a', 30, 'a77bc1f919bb85c5'] as const),
    ],
  ])('keeps its ids, keys, seeds and identities to the last byte', (changes, study, trainings, hash) => {
    const protocol = { ...plain, ...changes };
    const { runs } = planStudy(protocol, letters);
    const told = runs.map(({ key, seed, batchSeed, name, steps, identity }) => [
      ...[key, seed, batchSeed, name, steps, JSON.stringify(identity)],
    ]);
    expect([studyId(protocol), runs.length]).toEqual([study, trainings]);
    expect(createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16)).toBe(hash);
  });
});

describe('features from elsewhere', () => {
  const file = { sha256: 'cd'.repeat(32), name: 'theirs.pth', layers: 7, head: { classes: 12 } };
  const paints = {
    ...{ id: 'fedcba9876543210', name: 'paints', size: 40, classes: ['ochre', 'umber', 'azure'] },
    ...{ trainCounts: [30, 30, 30], heldOutCounts: [5, 5, 5] },
  };
  const whole = { split: { kind: 'whole' }, layers: [3], treatments: ['transfer', 'random'] } as const;
  const planned = (changes: Partial<Protocol>) =>
    planStudy(protocol({ ...whole, ...changes } as Partial<Protocol>), data);

  it('of another set come from a baseA of all of its classes and go to all, or some, of these', () => {
    const { runs, replicates } = planned({ sourceSet: paints });
    expect(runs.map(({ name }) => name)).toEqual(['baseA', 'baseB', 'A3B', 'R3B']);
    expect(runs.map(({ identity }) => identity.data)).toEqual([paints.id, data.id, data.id, data.id]);
    expect(replicates[0].split).toEqual({ a: paints.classes, b: classes });
    const some = planned({ sourceSet: paints, split: { kind: 'whole', classes: ['class-03', 'class-01'] } });
    expect(some.replicates[0].split.b).toEqual(['class-01', 'class-03']);
    const half = planned({ sourceSet: paints, split: { kind: 'random' } });
    expect(half.replicates[0].split).toMatchObject({ a: paints.classes, b: { length: 6 } });
  });

  it('of a file are tested as they come once, whatever the seeds, where its classes can be the set’s', () => {
    const seeds = [1, 2, 3].map((seed) => ({ splitSeed: 1, trainingSeed: seed }));
    const { runs } = planned({ pretrained: file, replicates: seeds });
    const asItComes = runs.filter(({ name }) => name === 'A8B');
    expect(asItComes.map(({ steps, replicate, identity }) => [steps, replicate, identity.head])).toEqual([
      [0, 0, { units: classes.map((_, unit) => unit), of: 12 }],
    ]);
    const withNames = (names: readonly string[]) => {
      const head = { classes: names.length, names };
      return planned({ pretrained: { ...file, head } }).runs.find(({ name }) => name === 'A8B')?.identity.head;
    };
    const theirs = [
      'Class 00, a synonym',
      ...classes.slice(1).map((name) => name.toUpperCase().replace('-', '_')),
      'more',
    ];
    expect(withNames(theirs)).toEqual({ units: classes.map((_, unit) => unit), of: 13 });
    expect(withNames(theirs.toReversed())?.units[0]).toBe(12);
    // One class that is not there, one that is there twice, and as many classes of other names.
    expect(withNames(theirs.slice(1))).toBeUndefined();
    expect(withNames([...theirs, 'class_00'])).toBeUndefined();
    expect(withNames(classes.map((name) => `${name}s`))).toBeUndefined();
    expect(withNames(classes.map((_, unit) => `LABEL_${unit}`))?.units[11]).toBe(11);
    expect(planned({ pretrained: { ...file, head: { classes: 1000 } } }).runs).toHaveLength(3);
  });

  it.each<[Partial<Protocol>, string]>([
    [{}, 'There is no half A to transfer from'],
    [{ sourceSet: paints, pretrained: file }, 'not from both'],
    [{ sourceSet: paints, bothDirections: true }, 'nothing is transferred back'],
    [
      { sourceSet: { ...paints, id: data.id } },
      'Features of paints would be used for images that they were learnt from',
    ],
    [{ sourceSet: { ...paints, size: 16 } }, 'Image set "paints" holds images of 16x16 pixels'],
    [{ sourceSet: paints, split: { kind: 'whole', classes: ['class-01'] } }, 'The target has 1 class'],
    [{ sourceSet: paints, split: { kind: 'whole', classes: ['class-01', 'cat'] } }, 'has no class "cat"'],
  ])('are refused where they make no sense', (changes, sentence) => {
    expect(() => planned(changes)).toThrow(sentence);
  });
});
