import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseEpochs,
  parseLayers,
  parseName,
  parseTreatments,
  wholeNumber,
} from '../../src-main/cli/terminal/parse.ts';
import { UserError } from '../../src-main/errors.ts';

describe('--layers', () => {
  it('reads numbers, ranges and both together, sorted and each once', () => {
    expect(parseLayers('1-7')).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(parseLayers('5,1,3')).toEqual([1, 3, 5]);
    expect(parseLayers('1-3, 2-4,7')).toEqual([1, 2, 3, 4, 7]);
  });

  it('reads back every list that is written with commas', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 1, maxLength: 20 }), (layers) => {
        expect(parseLayers(layers.join(','))).toEqual(layers.toSorted((a, b) => a - b));
      }),
    );
  });

  it('takes words beside numbers, whose meaning depends on the network', () => {
    expect(parseLayers('layer2.0, stages,3,1')).toEqual([1, 3, 'layer2.0', 'stages']);
    expect(() => parseLayers('layer2 .0')).toThrow('--layers must be a list of numbers');
  });

  it('either gives numbers of at least 1, words or a usage error, whatever the text', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9,\- ]{0,12}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const read = attempt(() => parseLayers(text));
        if (read instanceof UserError) expect(read.exitCode).toBe(2);
        else {
          expect(read.length).toBeGreaterThan(0);
          for (const one of read) {
            if (typeof one === 'number') expect(Number.isInteger(one) && one >= 1).toBe(true);
            else expect(text).toContain(one);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('--treatments', () => {
  it("takes the paper's names in any order, each once", () => {
    expect(parseTreatments('AnB+,BnB')).toEqual(['transfer+', 'selffer']);
    expect(parseTreatments('AnB+0.1,BnB+0.025')).toEqual(['transfer+0.1', 'selffer+0.025']);
    expect(parseTreatments('AnB~4,AnB^,BnB~64')).toEqual(['transfer~4', 'transfer^', 'selffer~64']);
    expect(parseTreatments('BnB+, AnB ,random,RnB')).toEqual(['selffer+', 'transfer', 'random']);
  });

  it('refuses names that only look like them', () => {
    for (const text of [
      '',
      'bnb',
      'BnA',
      'AnB++',
      'AnB+1',
      'AnB+0.10',
      'AnB~0',
      'AnB~65',
      'RnB~4',
      'AnB^2',
      'RnB+0.1',
      'AnB,,BnB',
      'selffer',
      'constructor',
    ])
      expect(() => parseTreatments(text)).toThrow(/^Unknown treatment ".*": --treatments is a list of BnB, BnB\+/);
  });
});

describe('numbers', () => {
  it('takes whole numbers within the bounds only', () => {
    const workers = wholeNumber('--workers', 1, 256);
    expect(workers('2')).toBe(2);
    for (const text of ['0', '257', '-1', '1.5', '1e2', 'two', '', ' 2', '0x10', '99999999999999999999'])
      expect(() => workers(text), text).toThrow(`--workers must be a whole number from 1 to 256, not "${text}".`);
  });

  it('takes fractions of epochs, but not none', () => {
    expect(parseEpochs('0.5')).toBe(0.5);
    expect(parseEpochs('30')).toBe(30);
    for (const text of ['0', '0.0', '-1', 'Infinity', 'NaN', '1e9', '', '.'])
      expect(() => parseEpochs(text), text).toThrow(/^--epochs must be a number above 0/);
  });
});

describe('--name', () => {
  it('is one line of text', () => {
    expect(parseName('  Vögel, 2026 ')).toBe('Vögel, 2026');
    for (const text of ['', '  ', 'a\nb', '\u001b[31mred', 'x'.repeat(81)])
      expect(() => parseName(text)).toThrow(/^--name must have 1 to 80 characters on one line, not "/);
  });
});

function attempt<T>(read: () => T): T | UserError {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}
