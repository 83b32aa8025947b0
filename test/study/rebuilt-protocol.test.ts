import { describe, expect, it } from 'vitest';
import { protocolOf, type RequestedStudy } from '../../src-main/app/planning/request.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { makeSplit } from '../../src-main/data/split.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import type { StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { planStudy } from '../../src-main/study/plan/plan.ts';
import { type Protocol, protocolSchema } from '../../src-main/study/plan/protocol.ts';
import { methodsParagraph } from '../../src-main/study/report/methods.ts';
import { protocolFacts } from '../../src-main/study/report/protocol-facts.ts';
import { networkTable } from '../../src-main/study/report/tables.ts';
import { memorySet } from '../data/memory-set.ts';
import { madeUpStudy } from './report-made-up.ts';
import { type Named, type Printed, rebuiltProtocol } from './rebuilt-protocol.ts';

const CLASSES = Array.from({ length: 20 }, (_, place) => `class ${place + 1}`);
const index = (size: number): ImageSetIndex => {
  const { index } = memorySet({ size, classes: CLASSES, train: 40 });
  return { ...index, groups: Object.fromEntries(CLASSES.map((name, at) => [name, ['round', 'long', 'flat'][at % 3]])) };
};
const requested = (change: Partial<RequestedStudy>, size = 32) =>
  protocolOf({ preset: 'quick', data: 'x', ...change }, index(size), '/nowhere');

/** What the report of a study says. */
function printed(protocol: Protocol, size: number): Printed {
  const { runs, ...made } = madeUpStudy();
  const set = index(size);
  const splits = protocol.replicates.map((replicate, place) => {
    const { a, b } = makeSplit(set, protocol.split, replicate.splitSeed);
    return { replicate: place, ...replicate, a: protocol.sourceSet?.classes ?? a, b };
  });
  const dataset = { ...made.dataset, id: protocol.data.id, name: protocol.data.name, classes: CLASSES, size };
  const report: StudyReport = {
    ...made,
    runs,
    protocol,
    dataset,
    splits,
    study: { ...made.study, name: protocol.name },
  };
  const [{ a, b }] = splits;
  return {
    title: report.study.name,
    methods: methodsParagraph(report),
    facts: protocolFacts(report),
    network: networkTable(report),
    classes: { a, b },
  };
}

/** A network whose blocks are written out, as the table has it: all that its numbers follow from. Its n are a column of the table. */
function writtenOut(network: NetworkSpec) {
  const { layers, parameters } = resolveNetwork(network, 10);
  return {
    parameters: parameters.map(({ n: _, ...parameter }) => parameter),
    layers: layers.map(({ spec: { name: _name, inputs: _inputs, ...spec }, sources, output }) => {
      return { spec, sources, output };
    }),
  };
}

const few = (change: Partial<Protocol>, of = requested({ preset: 'standard' })) =>
  protocolSchema.parse({ ...of, ...change });
const named = (name: string): NetworkSpec => BUILT_IN_NETWORKS.get(name)!;
const trained = (name: string, training: Partial<NetworkSpec['training']>): NetworkSpec => {
  const network = named(name);
  return { ...network, training: { ...network.training, ...training } };
};
const sourceSet = {
  ...{ id: '0123456789abcdef', name: 'animals', size: 32, classes: ['cat', 'dog', 'owl'] },
  ...{ trainCounts: [9, 9, 9], heldOutCounts: [3, 3, 3] },
};
const file = {
  ...{
    sha256: 'ab'.repeat(32),
    name: 'resnet.pth',
    layers: 10,
    origin: 'resnet (torchvision’s names)',
    licence: 'MIT',
  },
  head: { classes: 3, names: ['cat', 'dog', 'owl'] },
};

describe('a reader has all that a study is repeated from', () => {
  const adamw = { kind: 'adamw', beta2: 0.99, epsilon: 1e-7 } as const;
  it.each<[string, Protocol, Named?]>([
    ['the preset smoke', requested({ preset: 'smoke' })],
    ['the preset quick', requested({ preset: 'quick' })],
    ['the preset standard', requested({ preset: 'standard' })],
    ['the preset paper', requested({ preset: 'paper' }, 256)],
    ['few target examples, seeds of splits', requested({ examples: [1, 5, 25], seeds: 2, splits: 3, splitSeed: 7 })],
    [
      'given lists',
      few({ split: { kind: 'lists', a: CLASSES.slice(0, 4), b: CLASSES.slice(9, 15) }, imagesPerClass: 12 }),
    ],
    ['groups', few({ split: { kind: 'groups', a: ['round', 'flat'], b: ['long'], unequal: true } })],
    ['a study that went on until it was clear', few({ looks: { at: [3, 4, 8], most: 12 } })],
    [
      'other treatments',
      requested({ treatments: ['selffer', 'transfer+0.1', 'transfer~4', 'transfer^'], layers: [2, 5] }),
    ],
    ['ResNet', requested({ network: named('resnet-32') })],
    [
      'ResNet by AdamW with smoothed labels and clipped gradients',
      requested({
        network: trained('resnet-32', {
          optimiser: adamw,
          labelSmoothing: 0.1,
          clipNorm: 1.5,
          warmUp: 1 / 7,
          mirror: false,
        }),
      }),
    ],
    ['a vision transformer', requested({ network: named('vit-32') })],
    ['ConvNeXt', requested({ network: named('convnext-64') }, 72)],
    ['MobileNet', requested({ network: named('mobilenet-32') })],
    [
      'a file as source',
      few(
        {
          pretrained: file,
          split: { kind: 'whole', classes: CLASSES.slice(0, 7) },
          network: trained('resnet-32', {
            pixels: { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.37500001] },
            imageSize: 36,
          }),
          layers: [1, 4, 9],
        },
        requested({ network: named('resnet-32') }),
      ),
      { files: [file] },
    ],
    [
      'layers of a file',
      few({ pretrained: { sha256: 'cd'.repeat(32), name: 'first.onnx', layers: 3 }, layers: [1, 2, 3] }),
      {
        files: [{ sha256: 'cd'.repeat(32), name: 'first.onnx', layers: 3 }],
      },
    ],
    ['another set as source', few({ sourceSet, split: { kind: 'whole' } }), { sets: [sourceSet] }],
  ])('%s', (_, protocol, known) => {
    const size = protocol.network.inputSize + 2 * protocol.network.training.cropPadding;
    const report = printed(protocol, size);
    const { network, ...rebuilt } = rebuiltProtocol(report, known);
    const { network: stored, ...rest } = protocol;
    expect(rebuilt).toEqual(rest);
    expect({ ...network, layers: [] }).toEqual({
      ...stored,
      layers: [],
      // Says nothing where pixels are scaled by channel.
      ...(stored.training.pixels && { training: { ...stored.training, inputScale: network.training.inputScale } }),
    });
    expect(writtenOut(network)).toEqual(writtenOut(stored));
    const numbered = resolveNetwork(stored, 10).layers.map(({ n }) => String(n));
    expect(report.network.rows.map(([n]) => n)).toEqual(numbered);
  });

  it('trainings have the same keys', () => {
    const protocol = requested({ preset: 'smoke' });
    const keys = (of: Protocol) => planStudy(of, index(36)).runs.map(({ key }) => key);
    expect(keys(rebuiltProtocol(printed(protocol, 36)))).toEqual(keys(protocol));
  });
});
