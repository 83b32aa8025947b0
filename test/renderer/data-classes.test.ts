import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arranged,
  CLASS_ORDERS,
  groupsOf,
  spread,
  byReason,
  shownSet,
} from '../../src-renderer/views/data/image-sets.ts';
import { positionAfter } from '../../src-renderer/views/data/wall-pages.svelte.ts';

const birds = [
  { name: 'finch 10', group: 'small', train: 30, heldOut: 5 },
  { name: 'Eagle', group: 'large', train: 50, heldOut: 5 },
  { name: 'finch 9', group: 'small', train: 30, heldOut: 5 },
  { name: 'kiwi', group: null, train: 8, heldOut: 2 },
];
const names = (classes: readonly { name: string }[]) => classes.map(({ name }) => name);

describe('classes', () => {
  it('stand by name as people count, or by number of images', () => {
    expect(names(arranged(birds, '', 'name'))).toEqual(['Eagle', 'finch 9', 'finch 10', 'kiwi']);
    expect(names(arranged(birds, '', 'most'))).toEqual(['Eagle', 'finch 9', 'finch 10', 'kiwi']);
    expect(names(arranged(birds, '', 'fewest'))).toEqual(['kiwi', 'finch 9', 'finch 10', 'Eagle']);
  });

  it('are found by words of their name and group, in any case and order', () => {
    expect(names(arranged(birds, '  FINCH ', 'name'))).toEqual(['finch 9', 'finch 10']);
    expect(names(arranged(birds, 'small 10', 'name'))).toEqual(['finch 10']);
    expect(names(arranged(birds, 'penguin', 'name'))).toEqual([]);
  });

  it('are none lost and none doubled by any order, and the list itself stays as it was', () => {
    const someClass = fc.record({
      name: fc.string({ minLength: 1 }),
      group: fc.option(fc.string()),
      train: fc.nat(1000),
      heldOut: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(someClass), fc.constantFrom(...CLASS_ORDERS), (classes, order) => {
        const before = [...classes];
        const all = arranged(classes, '', order);
        expect(all).toHaveLength(classes.length);
        expect(new Set(all)).toEqual(new Set(classes));
        expect(classes).toEqual(before);
        const counts = all.map(({ train, heldOut }) => train + heldOut);
        if (order === 'most') expect(counts).toEqual(counts.toSorted((a, b) => b - a));
        if (order === 'fewest') expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('are uneven from the smallest to the largest, however many there are', () => {
    expect(spread(birds)).toEqual({ smallest: 8, largest: 50 });
    expect(spread([])).toEqual({ smallest: 0, largest: 0 });
    const many = Array.from({ length: 200_000 }, (_, i) => ({ name: `${i}`, group: null, train: i, heldOut: 1 }));
    expect(spread(many)).toEqual({ smallest: 0, largest: 199_999 });
  });

  it('are counted by group', () => {
    expect(groupsOf(birds)).toEqual([
      { name: 'small', classes: 2 },
      { name: 'large', classes: 1 },
    ]);
  });
});

it('what was left out is told by reason, the most frequent first', () => {
  const rejects = [
    { file: 'a.png', reason: 'the file is cut off' },
    { file: 'notes.txt', reason: 'not an image' },
    { file: 'b.doc', reason: 'not an image' },
  ];
  expect(byReason(rejects)).toEqual([
    { reason: 'not an image', files: ['notes.txt', 'b.doc'] },
    { reason: 'the file is cut off', files: ['a.png'] },
  ]);
});

describe('the set that is shown', () => {
  const set = (id: string, builtIn = false) => {
    return {
      ...{ id, builtIn, name: id, size: 32, classes: 2, trainImages: 2, heldOutImages: 2 },
      ...{ source: '', created: '', studies: 0 },
    };
  };
  const sets = [set('made', true), set('new'), set('old')];

  it('is that of the address, then that of the study, then the newest of one’s own, then the built-in ones', () => {
    expect(shownSet('old', 'new', sets)).toBe('old');
    expect(shownSet('', 'old', sets)).toBe('old');
    expect(shownSet('', undefined, sets)).toBe('new');
    expect(shownSet('', undefined, [])).toBe('dead-leaves');
    expect(shownSet('dead-leaves', 'new', sets)).toBe('dead-leaves');
  });

  it('is never one that was deleted', () => {
    expect(shownSet('gone', 'gone too', sets)).toBe('new');
    expect(shownSet('gone', undefined, [])).toBe('dead-leaves');
  });
});

it('arrow keys on the wall lead to a neighbour and never off the wall', () => {
  const at = { position: 12, columns: 5, rowsInView: 2, total: 23 };
  const to = (key: string, position = 12) => positionAfter(key, { ...at, position });
  expect(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].map((key) => to(key))).toEqual([11, 13, 7, 17]);
  expect(['Home', 'End', 'PageUp', 'PageDown'].map((key) => to(key))).toEqual([10, 14, 2, 22]);
  expect(to('ArrowLeft', 0)).toBe(0);
  expect(to('End', 21)).toBe(22);
  expect(to('x')).toBeUndefined();
  expect(to('toString')).toBeUndefined();
});
