import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layersOf } from '../../../src-main/study/statements/statements.ts';

it('of the paper’s eight layers are those that it names', () => {
  expect(layersOf('first', 8)).toEqual([1, 2]);
  expect(layersOf('middle', 8)).toEqual([3, 4, 5]);
  expect(layersOf('top', 8)).toEqual([6, 7]);
});

it('have each n once, whatever the depth, with at least one first layer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), (depth) => {
      const zones = [...layersOf('first', depth), ...layersOf('middle', depth), ...layersOf('top', depth)];
      expect(zones).toEqual(layersOf('all', depth));
      expect(layersOf('first', depth)[0]).toBe(1);
    }),
  );
});
