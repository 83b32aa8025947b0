import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imbalances, weigh } from '../../src-renderer/views/split/balance.ts';
import { groupsOf, sidesOf, splitOf } from '../../src-renderer/views/split/classes.ts';
import { begin, record, redo, undo } from '../../src-renderer/views/split/choices.svelte.ts';
import { halvesOf, labelsAt, moveTo, placesOf, type Place } from '../../src-renderer/views/split/places.ts';

const places = fc.array(fc.constantFrom<Place>('A', 'B', 'out'), { maxLength: 60 });
const named = (count: number) => Array.from({ length: count }, (_, label) => `class ${label}`);

describe('places of classes', () => {
  it('come back from the halves that they make', () => {
    fc.assert(
      fc.property(places, (given) => {
        const classes = named(given.length);
        expect(placesOf(classes, halvesOf(classes, given))).toEqual(given);
      }),
    );
  });
  it('a move takes the classes there and leaves the others where they are', () => {
    fc.assert(
      fc.property(places, fc.array(fc.nat(59)), fc.constantFrom<Place>('A', 'B', 'out'), (given, picked, to) => {
        const labels = picked.filter((label) => label < given.length);
        const moved = moveTo(given, labels, to);
        for (const [label, place] of given.entries()) expect(moved[label]).toBe(labels.includes(label) ? to : place);
      }),
    );
  });
  it('a move to where everything is already is none', () => {
    const given: Place[] = ['A', 'B'];
    expect(moveTo(given, [0], 'A')).toBe(given);
  });
  it('a search finds by the words of name and group, whatever their order and case', () => {
    const classes = [
      { name: 'Barn Owl', group: 'bird' },
      { name: 'barn', group: 'building' },
    ];
    expect(labelsAt('A', ['A', 'A'], classes, 'OWL barn')).toEqual([0]);
    expect(labelsAt('A', ['A', 'A'], classes, 'build')).toEqual([1]);
    expect(labelsAt('A', ['A', 'B'], classes, '')).toEqual([0]);
  });
});

describe('balance', () => {
  const counts = (...train: (number | null)[]) =>
    train.map((images, label) => ({ name: `class ${label}`, group: null, train: images, heldOut: images && 5 }));
  const kinds = (train: (number | null)[], given: Place[]) =>
    imbalances(weigh(counts(...train), given)).map(({ kind }) => kind);

  it('adds up the images of each half and leaves out what is left out', () => {
    const { a, b } = weigh(counts(10, 20, 30, 40), ['A', 'B', 'A', 'out']);
    expect(a).toEqual({ classes: 2, train: 40, heldOut: 10 });
    expect(b).toEqual({ classes: 1, train: 20, heldOut: 5 });
  });
  it('says which half is too small', () => {
    expect(imbalances(weigh(counts(50, 50, 50), ['A', 'B', 'B']))).toEqual([
      { kind: 'too few classes', half: 'A', classes: 1 },
    ]);
  });
  it('warns of unequal halves and of classes with very few images', () => {
    expect(kinds([50, 50, 50, 50], ['A', 'A', 'B', 'B'])).toEqual([]);
    expect(kinds([50, 50, 50, 50, 50], ['A', 'A', 'B', 'B', 'B'])).toEqual(['unequal classes']);
    expect(kinds([50, 50, 50, 90], ['A', 'A', 'B', 'B'])).toEqual(['unequal images']);
    expect(kinds([19, 20, 20, 20], ['A', 'A', 'B', 'B'])).toEqual(['few images']);
    expect(kinds([9, 50, 50, 50, 50], ['out', 'A', 'A', 'B', 'B'])).toEqual([]);
  });
  it('says nothing of images that are not made yet', () => {
    expect(kinds([null, null, null, null], ['A', 'A', 'B', 'B'])).toEqual([]);
    expect(weigh(counts(null, null), ['A', 'A']).a.train).toBeNull();
  });
});

describe('groups', () => {
  const groups = groupsOf(['x', 'y', 'x', null, 'z'].map((group) => ({ group })));
  it('are counted in the order in which they appear', () => {
    expect(groups).toEqual([
      { name: 'x', classes: 2 },
      { name: 'y', classes: 1 },
      { name: 'z', classes: 1 },
    ]);
  });
  it('begin with the first against the second, and keep what was chosen', () => {
    expect(splitOf(sidesOf(groups, undefined))).toEqual({ a: ['x'], b: ['y'] });
    expect(splitOf(sidesOf(groups, { a: ['z'], b: ['x', 'y'] }))).toEqual({ a: ['z'], b: ['x', 'y'] });
  });
});

describe('undo', () => {
  it('takes back step by step what was done, and redo does it again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 90 }), (steps) => {
        const done = steps.reduce(record, begin(-1));
        let back = done;
        for (let i = 0; i < steps.length; i++) back = undo(back);
        expect(back.present).toBe(-1);
        let again = back;
        for (let i = 0; i < steps.length; i++) again = redo(again);
        expect(again.present).toBe(done.present);
      }),
    );
  });
  it('ends where it began, and something new forgets what was taken back', () => {
    expect(undo(begin(1)).present).toBe(1);
    expect(redo(record(undo(record(begin(1), 2)), 3)).present).toBe(3);
  });
});
