import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestAssignment } from '../../../src-main/filters/matching/assignment.ts';

const sum = (worth: readonly Float64Array[], columns: readonly number[]) =>
  columns.reduce((total, column, row) => total + worth[row][column], 0);

/** Every way to give so many rows a column of their own. */
function* assignments(rows: number, columns: number, taken: readonly number[] = []): Generator<readonly number[]> {
  if (taken.length === rows) yield taken;
  else
    for (let column = 0; column < columns; column++)
      if (!taken.includes(column)) yield* assignments(rows, columns, [...taken, column]);
}

test('no assignment has a larger sum, whatever the numbers', () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }))
    .chain(([rows, more]) =>
      fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: rows + more, maxLength: rows + more }), {
        minLength: rows,
        maxLength: rows,
      }),
    )
    .map((rows) => rows.map((row) => Float64Array.from(row, (value) => value / 8)));
  fc.assert(
    fc.property(matrix, (worth) => {
      const found = bestAssignment(worth);
      expect(new Set(found).size).toBe(worth.length);
      const best = Math.max(...[...assignments(worth.length, worth[0].length)].map((one) => sum(worth, one)));
      expect(sum(worth, found)).toBe(best);
    }),
    { numRuns: 300 },
  );
});

test('a hidden permutation is found among hundreds', () => {
  const size = 200;
  const hidden = Array.from({ length: size }, (_, row) => (row * 77 + 13) % size);
  const worth = hidden.map((column) =>
    Float64Array.from({ length: size }, (_, at) => (at === column ? 1 : (at % 7) / 8)),
  );
  expect(bestAssignment(worth)).toEqual(hidden);
});

test('what is larger below than across, or uneven, is refused', () => {
  expect(() => bestAssignment([Float64Array.of(1), Float64Array.of(2)])).toThrow('2 rows');
  expect(() => bestAssignment([Float64Array.of(1, 2), Float64Array.of(2)])).toThrow('2 rows');
  expect(bestAssignment([])).toEqual([]);
});
