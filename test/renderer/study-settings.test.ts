import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PresetDescription } from '../../src-main/common/contract/studies.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { adapters } from '../../src-main/common/treatments/adapters.ts';
import { COPIED, type Variant } from '../../src-main/common/treatments/definition.ts';
import {
  frozenLayers,
  isTreatmentKind,
  kindOf,
  partsOf,
  sourceHalf,
  TREATMENT_KINDS,
  VARIANTS,
  type TreatmentKind,
} from '../../src-main/common/treatments/treatments.ts';
import { nameOf, originsOf } from '../../src-renderer/parts/origin.ts';
import {
  allLayers,
  misfitOf,
  missing,
  mostLayers,
  settingsOf,
  withLayer,
  withTreatment,
} from '../../src-renderer/views/study/settings.ts';

const preset: PresetDescription = {
  name: 'quick',
  network: 'alexnet-32-small',
  epochs: 12,
  seeds: 1,
  layers: [1, 2, 3, 4, 5, 6, 7],
  treatments: [...TREATMENT_KINDS],
  bothDirections: false,
  classes: null,
  imagesPerClass: null,
};

describe('where layers come from', () => {
  const kinds: readonly TreatmentKind[] = [...TREATMENT_KINDS, 'transfer+0.1', 'selffer+0.05'];
  it('has the name of the network, or of its curve', () => {
    expect(nameOf(kindOf('transfer', adapters), 3)).toBe('A3B~4');
    expect(kinds.map((kind) => nameOf(kind, 3))).toEqual([
      ...['B3B', 'B3B+', 'A3B', 'A3B+', 'R3B', 'A3B+0.1', 'B3B+0.05'],
    ]);
    expect(kinds.map((kind) => nameOf(kind, 'n'))).toEqual([
      ...['BnB', 'BnB+', 'AnB', 'AnB+', 'RnB', 'AnB+0.1', 'BnB+0.05'],
    ]);
  });
  it('is one that main knows, whatever rank or factor is written', () => {
    for (const variant of VARIANTS as readonly Variant[]) {
      const { least, most } = variant.parameter ?? { least: 0, most: 1 };
      fc.assert(
        fc.property(fc.constantFrom(...COPIED), fc.double({ min: least, max: most, noNaN: true }), (copied, number) => {
          const kind = kindOf(copied, variant, number);
          expect(isTreatmentKind(kind)).toBe(true);
          expect(partsOf(kind).definition).toBe(variant);
        }),
      );
    }
  });
  it('is the source up to n and chance above it, and nothing above n is frozen', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.integer({ min: 2, max: 30 }), fc.nat(), (kind, depth, at) => {
        const n = 1 + (at % (depth - 1));
        const layers = originsOf(kind, n, depth);
        expect(layers).toHaveLength(depth);
        expect(layers.filter(({ frozen }) => frozen)).toHaveLength(frozenLayers({ kind, n }));
        for (const layer of layers.slice(n)) expect(layer).toEqual({ origin: 'random', frozen: false });
        for (const layer of layers.slice(0, n))
          expect(layer.origin).toBe(sourceHalf({ kind, target: 'B' }) ?? 'random');
      }),
    );
  });
});

describe('settings of a study', () => {
  const cutsOf = (name: string) => {
    const { depth, cuts } = resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 10);
    return { depth, cuts: [...cuts] };
  };
  const alexnet = cutsOf('alexnet');
  it('are the preset’s until something is chosen, and no n is beyond the network', () => {
    expect(settingsOf({}, preset, alexnet).layers).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(settingsOf({}, preset, { depth: 3, cuts: alexnet.cuts.slice(0, 2) }).layers).toEqual([1, 2]);
    expect(settingsOf({ layers: [2], treatments: ['random'] }, preset, alexnet)).toEqual({
      layers: [2],
      treatments: ['random'],
    });
  });
  it('are the stages of a network that is deeper than the preset knows', () => {
    expect(settingsOf({}, preset, cutsOf('resnet-32')).layers).toEqual([1, 4, 7, 10]);
  });
  it('take one n or one treatment more or less, in order', () => {
    expect(withLayer([1, 5], 3)).toEqual([1, 3, 5]);
    expect(withLayer([1, 3, 5], 3)).toEqual([1, 5]);
    expect(withTreatment(['random', 'selffer'], 'transfer')).toEqual(['selffer', 'transfer', 'random']);
    expect(withTreatment(['selffer', 'transfer'], 'selffer')).toEqual(['transfer']);
    expect(withTreatment(['random', 'transfer+'], 'transfer+0.1')).toEqual(['transfer+', 'transfer+0.1', 'random']);
    expect(allLayers(mostLayers(4, undefined))).toEqual([1, 2, 3]);
    const pretrained = { sha256: 'ab'.repeat(32), name: 'vgg.onnx', layers: 2 };
    expect(allLayers(mostLayers(4, pretrained))).toEqual([1, 2]);
    expect(settingsOf({ pretrained }, preset, alexnet).layers).toEqual([1, 2]);
    expect(settingsOf({ pretrained, layers: [1, 5] }, preset, alexnet).layers).toEqual([1, 5]);
  });
  it('lack something where nothing would be transplanted', () => {
    expect(missing({ layers: [], treatments: ['random'] })).toBe('layers');
    expect(missing({ layers: [1], treatments: [] })).toBe('treatments');
    expect(missing({ layers: [1], treatments: ['random'] })).toBeUndefined();
  });
});

describe('a network for images that are too small', () => {
  const networks = [
    { name: 'alexnet', inputSize: 227, storedSize: 256, parameters: 60 },
    { name: 'alexnet-64', inputSize: 64, storedSize: 64, parameters: 6 },
    { name: 'alexnet-32', inputSize: 32, storedSize: 32, parameters: 3 },
    { name: 'alexnet-32-small', inputSize: 32, storedSize: 32, parameters: 1 },
  ];
  it('says how large they would have to be, and which of the others fits best', () => {
    expect(misfitOf(networks[0], 64, networks)).toEqual({ reads: 227, has: 64, store: 256, other: 'alexnet-64' });
    expect(misfitOf(networks[1], 32, networks)).toEqual({ reads: 64, has: 32, store: 64, other: 'alexnet-32' });
    expect(misfitOf(networks[3], 8, networks)?.other).toBeUndefined();
  });
  it('is none where they are large enough, or yet to be made', () => {
    expect(misfitOf(networks[2], 32, networks)).toBeUndefined();
    expect(misfitOf(networks[0], undefined, networks)).toBeUndefined();
  });
});
