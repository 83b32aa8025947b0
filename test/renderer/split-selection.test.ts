import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterMove,
  all,
  click,
  extend,
  keepShown,
  NOTHING,
  step,
  subject,
  toggle,
  type Selection,
} from '../../src-renderer/views/split/selection.ts';

const chosen = (selection: Selection) => [...selection.chosen].sort((a, b) => a - b);
const LIST = [3, 5, 8, 13, 21];

describe('selecting with the mouse', () => {
  it('a click chooses one, in place of what was chosen', () => {
    expect(chosen(click(click(NOTHING, LIST, 5, {}), LIST, 13, {}))).toEqual([13]);
  });
  it('a click with ctrl adds one and takes it away again', () => {
    const two = click(click(NOTHING, LIST, 5, {}), LIST, 13, { toggle: true });
    expect(chosen(two)).toEqual([5, 13]);
    expect(chosen(click(two, LIST, 5, { toggle: true }))).toEqual([13]);
  });
  it('a click with shift chooses everything between, in either direction, from where the last click was', () => {
    const one = click(NOTHING, LIST, 8, {});
    expect(chosen(click(one, LIST, 21, { range: true }))).toEqual([8, 13, 21]);
    expect(chosen(click(click(one, LIST, 21, { range: true }), LIST, 3, { range: true }))).toEqual([3, 5, 8]);
  });
  it('a click with shift in another list begins there', () => {
    expect(chosen(click(click(NOTHING, LIST, 8, {}), [1, 2, 4], 2, { range: true }))).toEqual([2]);
  });
});

describe('selecting with the keyboard', () => {
  it('arrows move without choosing and stop at the ends', () => {
    const first = step(NOTHING, LIST, 1, false);
    expect(first.active).toBe(3);
    expect(step(first, LIST, -1, false).active).toBe(3);
    expect(step(first, LIST, 10, false).active).toBe(21);
    expect(first.chosen.size).toBe(0);
  });
  it('shift and arrows choose the range, and give it back on the way back', () => {
    const down = step(step(step(NOTHING, LIST, 1, false), LIST, 1, true), LIST, 1, true);
    expect(chosen(down)).toEqual([3, 5, 8]);
    expect(chosen(step(down, LIST, -1, true))).toEqual([3, 5]);
  });
  it('choosing all twice chooses none', () => {
    expect(chosen(all(NOTHING, LIST))).toEqual(LIST);
    expect(chosen(all(all(NOTHING, LIST), LIST))).toEqual([]);
  });
  it('without a choice, what the keyboard is on moves', () => {
    expect(subject(step(NOTHING, LIST, 1, false))).toEqual([3]);
    expect(subject(toggle(step(NOTHING, LIST, 1, false), 8))).toEqual([8]);
    expect(subject(NOTHING)).toEqual([]);
  });
});

describe('after a move', () => {
  it('the keyboard stands on the next that stayed, at the end on the one before', () => {
    const at = (label: number, moved: number[]) =>
      afterMove({ ...NOTHING, active: label }, LIST, new Set(moved)).active;
    expect(at(8, [8])).toBe(13);
    expect(at(8, [8, 13])).toBe(21);
    expect(at(21, [21])).toBe(13);
    expect(at(8, LIST)).toBeUndefined();
  });
  it('a list can be emptied by one key alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2000), { minLength: 1, maxLength: 60 }), fc.nat(), (labels, start) => {
        let list = labels;
        let selection: Selection = { ...NOTHING, active: list[start % list.length] };
        for (let presses = 0; presses < labels.length; presses++) {
          const moved = new Set(subject(selection));
          expect(moved.size).toBe(1);
          selection = afterMove(selection, list, moved);
          list = list.filter((label) => !moved.has(label));
        }
        expect(list).toEqual([]);
      }),
    );
  });
});

describe('whatever is done', () => {
  type Act = (selection: Selection, list: readonly number[]) => Selection;
  const acts = fc.oneof(
    fc.tuple(fc.nat(), fc.boolean(), fc.boolean()).map(
      ([at, toggled, range]): Act =>
        (selection, list) =>
          click(selection, list, list[at % list.length], { toggle: toggled, range }),
    ),
    fc.tuple(fc.integer({ min: -20, max: 20 }), fc.boolean()).map(
      ([by, shift]): Act =>
        (selection, list) =>
          step(selection, list, by, shift),
    ),
    fc.constant<Act>(all),
  );

  it('only classes that are shown are chosen, and what is active is shown', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 40 }),
        fc.array(acts, { maxLength: 20 }),
        fc.array(fc.nat(500)),
        (list, todo, hidden) => {
          const before = todo.reduce((selection, act) => act(selection, list), NOTHING);
          expect(list).toEqual(expect.arrayContaining([...before.chosen]));
          if (before.active !== undefined) expect(list).toContain(before.active);
          const shown = new Set(list.filter((label) => !hidden.includes(label)));
          const after = keepShown(before, shown);
          for (const label of after.chosen) expect(shown.has(label) && before.chosen.has(label)).toBe(true);
          expect(after.active === undefined || shown.has(after.active)).toBe(true);
        },
      ),
    );
  });
  it('a range is contiguous in the list and holds both its ends', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.nat(),
        (list, from, to) => {
          const [anchor, label] = [list[from % list.length], list[to % list.length]];
          const positions = [...extend({ ...NOTHING, anchor }, list, label).chosen].map((one) => list.indexOf(one));
          expect(Math.min(...positions)).toBe(Math.min(list.indexOf(anchor), list.indexOf(label)));
          expect(Math.max(...positions) - Math.min(...positions) + 1).toBe(positions.length);
        },
      ),
    );
  });
});
