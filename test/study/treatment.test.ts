import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  fieldsIn,
  fieldsOf,
  learningIn,
  variantFields,
  withoutFields,
  type VariantFields,
} from '../../src-main/common/treatments/schema.ts';
import {
  compareKinds,
  curveName,
  isTreatmentKind,
  kindNamed,
  parentOf,
  partsOf,
  sortedKinds,
  TREATMENT_KINDS,
  treatmentName,
  type TreatmentKind,
} from '../../src-main/common/treatments/treatments.ts';

const rate = fc.integer({ min: 1, max: 9999 }).map((parts) => parts / 10_000);
const copied = fc.constantFrom('selffer' as const, 'transfer' as const);
const kinds: fc.Arbitrary<TreatmentKind> = fc.oneof(
  fc.constantFrom(...TREATMENT_KINDS),
  fc.tuple(copied, rate).map(([lower, factor]): TreatmentKind => `${lower}+${factor}`),
  fc.tuple(copied, fc.integer({ min: 1, max: 64 })).map(([lower, rank]): TreatmentKind => `${lower}~${rank}`),
  fc
    .tuple(copied, fc.integer({ min: 1, max: 99 }))
    .map(([lower, hundredths]): TreatmentKind => `${lower}+^${hundredths / 100}`),
  fc.tuple(copied, fc.constantFrom('^', '~stats', '~norms')).map(([lower, sign]) => `${lower}${sign}` as TreatmentKind),
);

describe('a kind of treatment', () => {
  it('is written in one way only', () => {
    for (const text of ['selffer', 'transfer+', 'random', 'transfer+0.1', 'selffer+0.0005', 'transfer+0.25'])
      expect(isTreatmentKind(text)).toBe(true);
    for (const text of ['selffer~1', 'transfer~10', 'transfer~64', 'selffer^', 'transfer~stats', 'transfer+^0.75'])
      expect(isTreatmentKind(text)).toBe(true);
    for (const text of [
      'transfer~',
      'transfer~0',
      'transfer~04',
      'transfer~65',
      'transfer~1.5',
      'random^',
      'selffer^^',
    ])
      expect(isTreatmentKind(text)).toBe(false);
    for (const text of [
      'random~norms',
      'transfer~norm',
      'transfer~stats4',
      'transfer+^1',
      'transfer+^',
      'transfer^0.5',
    ])
      expect(isTreatmentKind(text)).toBe(false);
    for (const text of ['', 'base', 'random+', 'transfer+1', 'transfer+0', 'transfer+.1', 'transfer+0.10'])
      expect(isTreatmentKind(text)).toBe(false);
    for (const text of ['transfer+0.00001', 'transfer++', 'transfer+1e-1', 'transfer+0.1 ', 'random+0.1', null, 3])
      expect(isTreatmentKind(text)).toBe(false);
  });
  it('is found again by the name of its curve', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        expect(isTreatmentKind(kind)).toBe(true);
        expect(kindNamed(curveName({ kind, target: 'B' }))).toBe(kind);
      }),
    );
    for (const name of ['BnA', 'bnb', 'RnB+', 'AnB+0.10', 'CnB', 'constructor'])
      expect(kindNamed(name)).toBeUndefined();
  });
  it('names networks: the sign after the paper’s name', () => {
    expect(treatmentName({ kind: 'transfer+0.1', n: 3, target: 'B' })).toBe('A3B+0.1');
    expect(treatmentName({ kind: 'selffer+0.25', n: 7, target: 'A' })).toBe('A7A+0.25');
    expect(treatmentName({ kind: 'transfer~4', n: 10, target: 'B' })).toBe('A10B~4');
    expect(treatmentName({ kind: 'selffer^', n: 2, target: 'B' })).toBe('B2B^');
    expect(curveName({ kind: 'transfer+0.1', target: 'A' })).toBe('BnA+0.1');
  });
  it('knows what it is a variant of', () => {
    expect(partsOf('transfer+0.1')).toMatchObject({ lower: 'transfer', value: 0.1, learning: { frozen: false } });
    expect(partsOf('transfer+0.1').learning.rateOf!(1, 3)).toBe(0.1);
    expect(partsOf('transfer~16').learning).toEqual({ frozen: false, adapterRank: 16 });
    expect(partsOf('transfer~stats').learning).toEqual({ frozen: false, norms: 'statistics' });
    expect(partsOf('transfer~norms').learning).toEqual({ frozen: false, norms: 'affine' });
    // The topmost copied layer learns at d of the rate, the one below at d of that.
    const { rateOf } = partsOf('transfer+^0.5').learning;
    expect([3, 2, 1].map((layer) => rateOf!(layer, 3))).toEqual([0.5, 0.25, 0.125]);
    expect(partsOf('selffer^').learning.stages!(2)).toEqual([
      { epoch: 0, frozen: 2 },
      { epoch: 1, frozen: 1 },
      { epoch: 2, frozen: 0 },
    ]);
    expect(
      (['transfer+0.1', 'transfer~16', 'selffer^', 'transfer~norms', 'selffer+^0.5'] as const).map(parentOf),
    ).toEqual([...['transfer+', 'transfer', 'selffer+', 'transfer', 'selffer+']]);
    for (const kind of TREATMENT_KINDS) expect(parentOf(kind)).toBe(kind);
    expect(() => partsOf('selffer-' as TreatmentKind)).toThrow('no treatment');
  });
  it('differs from others by one field, by which its training learns as it should', () => {
    const schema = z.strictObject(variantFields);
    fc.assert(
      fc.property(kinds, (kind) => {
        const fields = fieldsOf(kind);
        const isVariant = kind !== parentOf(kind);
        expect(Object.keys(fields)).toHaveLength(isVariant ? 1 : 0);
        expect(schema.parse(fields)).toEqual(fields);
        expect(fieldsIn({ ...fields, n: 3 } as VariantFields)).toEqual(fields);
        expect(withoutFields({ ...fields, n: 3 })).toEqual({ n: 3 });
        const { frozen, adapterRank } = partsOf(kind).learning;
        expect(learningIn(fields)).toMatchObject(isVariant ? { frozen, ...(adapterRank && { adapterRank }) } : {});
      }),
    );
    for (const fields of [
      { adapterRank: 0 },
      { adapterRank: 1.5 },
      { copiedRate: 1 },
      { unfreezing: 'at once' },
      { rateDecay: 1 },
    ])
      expect(schema.safeParse(fields).success).toBe(false);
  });
  it('stands after what it is a variant of, by rising number', () => {
    expect(sortedKinds(['transfer^', 'transfer+0.9', 'transfer~10', 'transfer+', 'transfer~9', 'transfer'])).toEqual([
      ...['transfer', 'transfer~9', 'transfer~10', 'transfer+', 'transfer+0.9', 'transfer^'],
    ]);
    expect(sortedKinds(['random', 'transfer+0.5', 'transfer+0.1', 'transfer', 'transfer+', 'selffer+0.1'])).toEqual([
      ...['selffer+0.1', 'transfer', 'transfer+', 'transfer+0.1', 'transfer+0.5', 'random'],
    ]);
    fc.assert(
      fc.property(kinds, kinds, (a, b) => {
        expect(Math.sign(compareKinds(a, b)) + Math.sign(compareKinds(b, a))).toBe(0);
        expect(compareKinds(a, b) === 0).toBe(a === b);
        expect(compareKinds('base', a)).toBeLessThan(0);
      }),
    );
  });
});
