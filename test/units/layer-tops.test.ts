import fc from 'fast-check';
import { expect, it } from 'vitest';
import { excitingOf, TopsCollector, unitState } from '../../src-main/units/layer-tops.ts';
import { smallWithDropout } from '../engine/random-networks.ts';

it('keeps of each unit the images that it answers most to, each at its best place', () => {
  const drawn = fc
    .record({
      units: fc.integer({ min: 1, max: 4 }),
      area: fc.integer({ min: 1, max: 5 }),
      most: fc.integer({ min: 1, max: 6 }),
    })
    .chain(({ units, area, most }) => {
      const value = fc.integer({ min: -3, max: 3 });
      const image = fc.array(value, { minLength: units * area, maxLength: units * area });
      return fc.record({
        units: fc.constant(units),
        area: fc.constant(area),
        most: fc.constant(most),
        images: fc.array(image, { minLength: 6, maxLength: 12 }),
      });
    });
  fc.assert(
    fc.property(drawn, ({ units, area, most, images }) => {
      const collector = new TopsCollector(1, units, most);
      images.forEach((values, image) => collector.add(image, Float32Array.from(values)));
      const tops = collector.result();
      for (let unit = 0; unit < units; unit++) {
        const right = images.map((values, image) => {
          const own = values.slice(unit * area, (unit + 1) * area);
          const response = Math.max(...own);
          return { image, row: 0, column: own.indexOf(response), response };
        });
        // A sort is stable: of equals, the first comes first.
        const sorted = right.toSorted((a, b) => b.response - a.response);
        expect(excitingOf(tops, unit, area)).toEqual(sorted.slice(0, most));
        expect(tops.least[unit]).toBe(sorted.at(-1)!.response);
      }
    }),
  );
});

it('tells units that answer from those that are silent, constant or broken', () => {
  const network = smallWithDropout();
  const stateOf = (n: number, ...responses: number[]) => {
    const collector = new TopsCollector(n, 1, 2);
    responses.forEach((response, image) => collector.add(image, Float32Array.of(response)));
    return unitState(network, collector.result(), 0);
  };
  expect(stateOf(2, -1, 3, 0)).toBe('answers');
  expect(stateOf(2, -1, -3, 0)).toBe('silent');
  expect(stateOf(2, 0.5, 0.5, 0.5)).toBe('constant');
  expect(stateOf(2, 0, 0, 0)).toBe('constant');
  expect(stateOf(2, NaN, NaN)).toBe('broken');
  expect(stateOf(2, 1, NaN)).toBe('broken');
  // No ReLU follows the last layer: below zero is an answer.
  expect(stateOf(network.depth, -1, -3)).toBe('answers');
});
