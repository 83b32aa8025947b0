import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSplit, parseSplitArgument, parseSplitFile } from '../../src-main/data/split.ts';
import { UserError } from '../../src-main/errors.ts';
import { memorySet } from './memory-set.ts';

const named = (count: number) => Array.from({ length: count }, (_, i) => `class${String(i).padStart(2, '0')}`);
const indexOf = (classes: string[], groups: Record<string, string> = {}) =>
  memorySet({ classes, train: 1, heldOut: 1, groups }).index;
const animals = indexOf(['ant', 'bus', 'cat', 'dog', 'elk', 'fan', 'gnu'], {
  ant: 'insect',
  bus: 'thing',
  cat: 'mammal',
  dog: 'mammal',
  elk: 'mammal',
  fan: 'thing',
});

describe('a random split', () => {
  it('has two disjoint halves of equal size in class order, and leaves out at most one class', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 60 }), fc.integer(), (count, seed) => {
        const index = indexOf(named(count));
        const { a, b } = makeSplit(index, { kind: 'random' }, seed);
        expect(a.length).toBe(b.length);
        expect(a.length).toBe(Math.floor(count / 2));
        expect(new Set([...a, ...b]).size).toBe(a.length + b.length);
        for (const half of [a, b]) expect(half).toEqual(index.classes.filter((name) => half.includes(name)));
        expect(makeSplit(index, { kind: 'random' }, seed)).toEqual({ a, b });
      }),
    );
  });

  it('differs from seed to seed, also in the class that an odd number leaves out', () => {
    const index = indexOf(named(9));
    const splits = Array.from({ length: 40 }, (_, seed) => makeSplit(index, { kind: 'random' }, seed));
    expect(new Set(splits.map(({ a }) => a.join())).size).toBeGreaterThan(30);
    const left = splits.map(({ a, b }) => index.classes.find((name) => !a.includes(name) && !b.includes(name)));
    expect(new Set(left).size).toBeGreaterThan(5);
  });

  it('takes as many classes as asked for, and says how many there are if that is too many', () => {
    const { a, b } = makeSplit(indexOf(named(30)), { kind: 'random', classes: 20 }, 3);
    expect([a.length, b.length]).toEqual([10, 10]);
    expect(() => makeSplit(animals, { kind: 'random', classes: 20 }, 3)).toThrow(
      'The split asks for 20 classes, but image set "pictures" has 7; ask for fewer.',
    );
  });

  it('refuses a set with too few classes for two halves', () => {
    for (const count of [1, 2, 3])
      expect(() => makeSplit(indexOf(named(count)), { kind: 'random' }, 1)).toThrow(
        /Half A .* at least 2; .* has \d class/,
      );
  });
});

describe('a split by groups', () => {
  it('cuts the larger half to the size of the smaller one, by seed', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const { a, b } = makeSplit(animals, { kind: 'groups', a: ['mammal'], b: ['thing'] }, seed);
      expect(b).toEqual(['bus', 'fan']);
      expect(a).toHaveLength(2);
      seen.add(a.join());
    }
    expect(seen).toEqual(new Set(['cat,dog', 'cat,elk', 'dog,elk']));
  });

  it('keeps unequal halves whole when told to, and may join groups', () => {
    expect(makeSplit(animals, { kind: 'groups', a: ['mammal', 'insect'], b: ['thing'], unequal: true }, 1)).toEqual({
      a: ['ant', 'cat', 'dog', 'elk'],
      b: ['bus', 'fan'],
    });
  });

  it('names the group that does not exist and those that do, the group on both sides, and the half that is too small', () => {
    const split = (a: string[], b: string[]) => () => makeSplit(animals, { kind: 'groups', a, b }, 1);
    expect(split(['mammals'], ['thing'])).toThrow(
      'Image set "pictures" has no group "mammals"; it has insect, thing, mammal.',
    );
    expect(split(['mammal'], ['thing', 'mammal'])).toThrow('Group "mammal" is in both halves');
    expect(split(['mammal'], ['insect'])).toThrow(/at least 2/);
    expect(split(['__proto__'], ['thing'])).toThrow('no group "__proto__"');
  });

  it('says what to do where the set has no groups', () => {
    expect(() => makeSplit(indexOf(named(8)), { kind: 'groups', a: ['x'], b: ['y'] }, 1)).toThrow(/groups\.json/);
  });
});

describe('a split by lists', () => {
  const split = (a: string[], b: string[]) => makeSplit(animals, { kind: 'lists', a, b }, 1);

  it('keeps the lists whole, in class order', () => {
    expect(split(['gnu', 'ant', 'cat'], ['fan', 'bus'])).toEqual({ a: ['ant', 'cat', 'gnu'], b: ['bus', 'fan'] });
  });

  it('names the class that overlaps or is unknown, and at most ten of those that exist', () => {
    expect(() => split(['cat', 'dog'], ['dog', 'elk'])).toThrow(
      'Class "dog" is in both halves of the split; take it out of one of them.',
    );
    expect(() => split(['cat', 'cow'], ['dog', 'elk'])).toThrow(/no class "cow"; it has ant, bus, .*gnu\.$/);
    expect(() => makeSplit(indexOf(named(47)), { kind: 'lists', a: ['x', 'y'], b: ['z', 'w'] }, 1)).toThrow(
      /class09 and 37 more\.$/,
    );
    expect(() => split(['cat', 'cat'], ['dog', 'elk'])).toThrow(/Half A of the split has 1 class,/);
  });
});

describe('reading a split', () => {
  it('understands the forms of the command line', () => {
    expect(parseSplitArgument('random')).toEqual({ kind: 'random' });
    expect(parseSplitArgument('random:20')).toEqual({ kind: 'random', classes: 20 });
    expect(parseSplitArgument('groups:natural/man-made')).toEqual({ kind: 'groups', a: ['natural'], b: ['man-made'] });
    expect(parseSplitArgument('groups:g1,g2/g3')).toEqual({ kind: 'groups', a: ['g1', 'g2'], b: ['g3'] });
  });

  it.each([
    '',
    'halves',
    'random:',
    'random:3',
    'random:-4',
    'random:1e3',
    'groups:',
    'groups:a',
    'groups:a/',
    'groups:a/b/c',
  ])('refuses "%s" with a usage error that shows an example', (text) => {
    expect(() => parseSplitArgument(text)).toThrow(/is not a split(; use|: after .* as in) /);
  });

  it('reads a file of two lists, as text or parsed', () => {
    const lists = { kind: 'lists', a: ['cat', 'dog'], b: ['elk', 'fan'] };
    expect(parseSplitFile({ a: ['cat', 'dog'], b: ['elk', 'fan'] }, 'split.json')).toEqual(lists);
    expect(parseSplitFile('\ufeff{"a": ["cat", "dog"], "b": ["elk", "fan"]}', 'split.json')).toEqual(lists);
  });

  it.each([
    ['{"a": ["cat"', /split\.json is not JSON/],
    ['{"a": ["cat"]}', /at b: /],
    ['{"a": ["cat", 7], "b": ["dog"]}', /at a\.1: /],
    ['{"a": [], "b": ["dog"]}', /at a: /],
    ['{"a": ["cat"], "b": ["dog"], "c": []}', /"c"/],
    ['[]', /must hold/],
  ])('says where the file %s is wrong', (text, message) => {
    expect(() => parseSplitFile(text, 'split.json')).toThrow(message);
  });

  it('never throws anything but a UserError, whatever the file or the argument says', () => {
    const orUserError = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).exitCode).toBe(2);
      }
    };
    fc.assert(fc.property(fc.jsonValue(), (json) => orUserError(() => parseSplitFile(json, 'f'))));
    fc.assert(fc.property(fc.string(), (text) => orUserError(() => parseSplitArgument(text))));
    const names = fc.array(fc.constantFrom('ant', 'bus', 'cat', 'dog', 'mammal', 'thing', '__proto__'));
    fc.assert(
      fc.property(fc.constantFrom('groups', 'lists'), names, names, (kind, a, b) =>
        orUserError(() => makeSplit(animals, { kind: kind as 'groups' | 'lists', a, b }, 1)),
      ),
    );
  });
});
