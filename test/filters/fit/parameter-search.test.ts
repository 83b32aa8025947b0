import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blobBasis, blobSpace, searchBlob } from '../../../src-main/filters/fit/blob.ts';
import { gaborBasis, gaborSpace, searchGabor } from '../../../src-main/filters/fit/gabor.ts';
import { projectionAt, unitOf, UnitProjection } from '../../../src-main/filters/fit/projection.ts';
import { RandomStream } from '../../../src-main/random.ts';

const functions = {
  'a Gabor function': { basis: gaborBasis, space: gaborSpace, search: searchGabor },
  'a blob': { basis: blobBasis, space: blobSpace, search: searchBlob },
};

const planes = fc
  .record({ rows: fc.integer({ min: 2, max: 9 }), columns: fc.integer({ min: 2, max: 9 }), seed: fc.nat() })
  .map(({ rows, columns, seed }) => {
    const random = new RandomStream('parameter search', seed);
    return { rows, columns, random, values: Float64Array.from({ length: rows * columns }, () => random.gaussian()) };
  });

describe.each(Object.entries(functions))('of %s', (_, { basis, space, search }) => {
  test('the derivative of what is explained equals finite differences', () => {
    fc.assert(
      fc.property(planes, ({ rows, columns, random, values }) => {
        const { least, most } = space({ rows, columns });
        // Where one function is broad beside the pixels they are nearly the same, and differences of them mean nothing.
        const parameters = least.map((from, place) => from + (0.3 + 0.3 * random.uniform()) * (most[place] - from));
        const projection = new UnitProjection(values.length, basis({ rows, columns })).of(unitOf(values).unit);
        projection.explained(parameters);
        const tangents = projection.tangents().map((tangent) => Float64Array.from(tangent));
        const left = projection.residual();
        tangents.forEach((tangent, place) => {
          const explained = (h: number) =>
            projection.explained(parameters.map((value, other) => (other === place ? value + h : value)));
          const slope = 2 * tangent.reduce((sum, value, pixel) => sum + value * left[pixel], 0);
          const expected = (explained(1e-5) - explained(-1e-5)) / 2e-5;
          expect(Math.abs(slope - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)));
        });
      }),
    );
  });

  test('a search ends within its bounds, no worse than any of its starts', () => {
    fc.assert(
      fc.property(planes, (plane) => {
        const { least, most, starts } = space(plane);
        const found = search(plane);
        const explained = (parameters: readonly number[]) =>
          projectionAt(plane.values, basis(plane), parameters).explained;
        expect(found.every((value, place) => value >= least[place] && value <= most[place])).toBe(true);
        expect(explained(found)).toBeGreaterThanOrEqual(Math.max(...starts.map(explained)) - 1e-12);
      }),
      { numRuns: 20 },
    );
  });
});
