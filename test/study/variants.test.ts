import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withAdapters } from '../../src-main/network/variants.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { parameterCounts } from '../../src-main/study/plan/parameter-counts.ts';
import { planStudy } from '../../src-main/study/plan/plan.ts';
import { methodsParagraph, variantsSentences } from '../../src-main/study/report/methods.ts';
import {
  curveName,
  parentOf,
  partsOf,
  sortedKinds,
  TREATMENT_KINDS,
  type TreatmentKind,
  type KindParts,
} from '../../src-main/common/treatments/treatments.ts';
import { tinyResNet, tinyViT } from '../network/tiny-graphs.ts';
import { madeUpStudy } from './report-made-up.ts';

const study = madeUpStudy();
const spec = study.protocol.network;
const { a, b } = study.splits[0];
const network = resolveNetwork(spec, b.length);
const sizeOf = (which: (n: number) => boolean) =>
  network.parameters.filter(({ n }) => which(n)).reduce((sum, { size }) => sum + size, 0);

/** Of the network trained for so many epochs, with n = 3. */
function countsOf(kind: TreatmentKind, epochs: number) {
  const data = { ...study.dataset, size: spec.inputSize, classes: [...a, ...b], groups: {} };
  const trained = { ...spec, training: { ...spec.training, epochs } };
  const protocol = {
    ...study.protocol,
    network: trained,
    layers: [3],
    treatments: [kind],
    replicates: [study.splits[0]],
  };
  const { runs } = planStudy(
    {
      ...protocol,
      replicates: [{ splitSeed: 1, trainingSeed: 1 }],
      split: { kind: 'lists', a: [...a], b: [...b] },
      imagesPerClass: undefined,
    },
    { ...data, trainCounts: data.classes.map(() => 50) },
  );
  const { identity, steps } = runs.at(-1)!;
  return parameterCounts(identity, steps);
}

describe('how much of a network is trained', () => {
  const total = sizeOf(() => true);
  it('is what lies above frozen layers, or everything', () => {
    expect(countsOf('transfer', 5)).toEqual({ trained: sizeOf((n) => n > 3), total });
    expect(countsOf('transfer+', 5)).toEqual({ trained: total, total });
    expect(countsOf('transfer+0.1', 5)).toEqual({ trained: total, total });
  });
  it('is with adapters what lies above, and both factors of each copied convolution', () => {
    const factors = withAdapters(network, 3, 4).parameters.filter(({ adapter }) => adapter);
    expect(factors).toHaveLength(6);
    const between = factors.reduce((sum, { size }) => sum + size, 0);
    expect(countsOf('transfer~4', 5)).toEqual({ trained: sizeOf((n) => n > 3) + between, total });
  });
  it('is of norms what lies above, and their weights and biases; statistics are no weights that are trained', () => {
    const resNet = resolveNetwork(tinyResNet, 2);
    const run = (kind: TreatmentKind) =>
      planStudy(
        {
          ...study.protocol,
          ...{ network: tinyResNet, layers: [2], treatments: [kind], split: { kind: 'random' } },
          replicates: [{ splitSeed: 1, trainingSeed: 1 }],
          imagesPerClass: undefined,
        },
        {
          id: '0123456789abcdef',
          name: 'made up',
          size: 8,
          classes: ['a', 'b', 'c', 'd'],
          groups: {},
          trainCounts: [9, 9, 9, 9],
        },
      ).runs.at(-1)!;
    const countsOfRun = (kind: TreatmentKind) => parameterCounts(run(kind).identity, run(kind).steps);
    const above = resNet.parameters.filter(({ n, role }) => n > 2 && !role.startsWith('running'));
    const size = above.reduce((sum, one) => sum + one.size, 0);
    // bn1, layer1.0.bn1 and layer1.0.bn2: weight and bias of 4 channels each.
    expect(countsOfRun('transfer~norms').trained).toBe(size + 3 * 2 * 4);
    expect(countsOfRun('transfer~stats').trained).toBe(size);
    expect(countsOfRun('transfer').trained).toBe(size);
    expect(countsOfRun('transfer+^0.5')).toEqual(countsOfRun('transfer+'));
  });
  it('is of unfrozen layers what is reached in so many epochs', () => {
    expect(countsOf('transfer^', 5)).toEqual({ trained: total, total });
    expect(countsOf('transfer^', 3)).toEqual({ trained: sizeOf((n) => n > 1), total });
    expect(countsOf('transfer^', 1)).toEqual({ trained: sizeOf((n) => n > 3), total });
  });
});

describe('the methods', () => {
  const sentences = (treatments: TreatmentKind[], epochs = 90) => {
    const training = { ...spec.training, epochs };
    const runs = study.runs.map((run) => (run.kind === 'transfer' ? { ...run, kind: 'transfer~4' as const } : run));
    return variantsSentences({
      ...study,
      runs,
      protocol: { ...study.protocol, network: { ...spec, training }, treatments },
    });
  };
  it('say nothing of treatments that are the paper’s', () => expect(sentences(['transfer', 'selffer+'])).toBe(''));
  it('say what each other sort is, after whom, and how much it trains', () => {
    expect(sentences(['transfer', 'transfer~4'])).toMatch(
      /^ A number after the tilde \(AnB~4\) is the rank of .*; 1,000 to 7,000 of 8,000 parameters were trained, with those of the layers above n\.$/,
    );
    expect(sentences(['transfer+0.1', 'selffer+0.1'])).toContain(
      '(AnB+0.1, BnB+0.1) is the factor of the learning rate',
    );
    expect(sentences(['transfer^'])).toMatch(/In AnB\^ the copied layers began frozen .*2018\)\.$/);
  });
  it('say which layers stay frozen where epochs are few', () => {
    expect(sentences(['transfer^'], 5)).toContain('; in 5 epochs, the lowest n − 4 stayed frozen for n = 5, 6, 7.');
  });
});

describe('the paragraph of methods', () => {
  const KINDS: TreatmentKind[] = [
    ...TREATMENT_KINDS,
    ...(['transfer', 'selffer'] as const).flatMap((lower): TreatmentKind[] => [
      `${lower}+0.1`,
      `${lower}~2`,
      `${lower}~8`,
      `${lower}^`,
      `${lower}+^0.75`,
      `${lower}~stats`,
      `${lower}~norms`,
    ]),
  ];
  const paragraph = (treatments: readonly TreatmentKind[], changes: Partial<typeof study.protocol> = {}) => {
    const kinds = new Set<string>(['base', ...treatments]);
    // Each treatment once at each n, as those of the paper.
    const variants = treatments.filter((kind) => kind !== parentOf(kind));
    const runs = [
      ...study.runs.filter(({ kind }) => kinds.has(kind)),
      ...variants.flatMap((kind) =>
        study.runs.filter((run) => run.kind === parentOf(kind)).map((run) => ({ ...run, kind })),
      ),
    ];
    return methodsParagraph({
      ...study,
      runs,
      protocol: { ...study.protocol, ...changes, treatments: [...treatments] },
    });
  };
  const named = (text: string, where: RegExp) => (where.exec(text)?.[1] ?? '').split(', ').filter(Boolean);
  const curves = (treatments: readonly TreatmentKind[], which: (parts: KindParts) => boolean) =>
    treatments.filter((kind) => which(partsOf(kind))).map((kind) => curveName({ kind, target: 'B' }));

  it('says of each treatment of any study once what became of its layers, and nothing of others', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(KINDS, { minLength: 1 }), fc.boolean(), (chosen, bothDirections) => {
        const treatments = sortedKinds(chosen);
        const text = paragraph(treatments, { bothDirections });
        const isCopied = ({ lower }: KindParts) => lower !== 'random';
        const copied = curves(treatments, isCopied);
        expect(named(text, /transplanted into new networks \((.*?)(?:, in both directions)?\)/)).toEqual(copied);
        expect(named(text, /The transplanted layers stayed frozen in (.*?)(?: and|\.)/)).toEqual(
          curves(treatments, (parts) => isCopied(parts) && parts.learning.frozen),
        );
        expect(named(text, /were fine-tuned with the others in (.*?)\. /)).toEqual(
          curves(treatments, ({ sign }) => sign === '+'),
        );
        expect(named(text, /after the tilde \((.*?)\)/)).toEqual(
          curves(treatments, ({ learning }) => learning.adapterRank !== undefined),
        );
        expect(named(text, /after the plus \((.*?)\)/)).toEqual(
          curves(treatments, ({ learning, sign }) => learning.rateOf !== undefined && !sign.includes('^')),
        );
        expect(named(text, /after the plus and caret \((.*?)\)/)).toEqual(
          curves(treatments, ({ sign }) => sign.startsWith('+^')),
        );
        for (const [norms, words] of [
          ['statistics', /In (\S*(?:, \S+)*) weights and biases of the copied layers stayed frozen/],
          ['affine', /In (\S*(?:, \S+)*) the copied layers stayed frozen but for weight and bias of their norms/],
        ] as const)
          expect(named(text, words)).toEqual(curves(treatments, ({ learning }) => learning.norms === norms));
        expect(named(text, /In (\S*(?:, \S+)*) the copied layers began frozen/)).toEqual(
          curves(treatments, ({ learning }) => learning.stages !== undefined),
        );
        expect(text.includes('RnB')).toBe(treatments.includes('random'));
        expect(text).not.toMatch(/otherwise|undefined|NaN|Infinity| {2}|\.\./);
      }),
      { numRuns: 200 },
    );
  });

  it('says what became of batch norms of frozen layers, where there are any', () => {
    const words = 'Batch norms of frozen layers were frozen as a whole: in training as in tests';
    const said = (treatments: readonly TreatmentKind[], network = tinyResNet) => paragraph(treatments, { network });
    expect(said(['transfer'])).toContain(
      `${words} their weights, biases and running statistics were used as they were.`,
    );
    expect(said(['random'])).toContain('were used as they were (in RnB a mean of 0 and a variance of 1).');
    expect(paragraph(['random'], { network: tinyResNet, randomStatistics: 'of the target' })).toContain(
      'were used as they were. Those of RnB, which no training had given any statistics, had them estimated before training, as means over the first batches of training images of the target (about 1,024 images, or all where there were fewer).',
    );
    for (const kind of ['transfer~2', 'selffer^'] as const) expect(said([kind])).toContain(words);
    expect(said(['transfer+', 'transfer~norms', 'transfer~stats'])).not.toContain(words);
    expect(paragraph(['transfer'])).not.toContain('Batch norms');
    expect(said(['transfer'], tinyViT)).not.toContain('Batch norms');
  });

  it('names the optimiser, label smoothing and clipping, and what adapters stand beside', () => {
    expect(paragraph(['transfer'], { network: tinyViT })).toContain(
      'by AdamW (Loshchilov and Hutter, 2019) with β1 = 0.9, β2 = 0.999, weight decay 0.05, ε = 1e-8, label smoothing of 0.1, gradients clipped to a norm of 1, batches of 10 ',
    );
    expect(paragraph(['transfer'])).toContain(
      'by stochastic gradient descent with momentum 0.9, weight decay 0.0005, batches of',
    );
    expect(paragraph(['transfer~2'], { network: tinyViT })).toContain('those of attention included');
    expect(paragraph(['transfer~2'])).not.toContain('attention');
  });

  it('names the halves that networks were trained on, and what there is where nothing is transplanted', () => {
    expect(paragraph(['transfer'])).toContain('were trained on each half from random weights. For n = 1, 2');
    const bases = study.runs.filter(({ kind, target }) => kind !== 'base' || target === 'B');
    const protocol = { ...study.protocol, treatments: ['random' as const] };
    const text = methodsParagraph({ ...study, runs: bases, protocol });
    expect(text).toContain(
      'were trained on half B from random weights. For n = 1, 2, 3, 4, 5, 6, 7, new networks (RnB)',
    );
    expect(text).not.toContain('transplanted');
  });

  it('says that few epochs are those on all images, where there are also few', () => {
    const network = { ...spec, training: { ...spec.training, epochs: 3 } };
    const few = paragraph(['transfer^'], { network, examples: [5] });
    expect(few).toContain('; on all images, in 3 epochs, the lowest n − 2 stayed frozen for n = 3, 4, 5, 6, 7.');
  });
});
