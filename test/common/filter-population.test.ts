import { expect, test } from 'vitest';
import {
  distributionsOf,
  placedFilters,
  planeCounts,
  type PopulationFilter,
  shareAmongCells,
  V1_CELLS,
} from '../../src-main/common/results/filter-population.ts';

const filter = (gabor: object, rest: Partial<PopulationFilter> = {}): PopulationFilter => ({
  class: 'gabor',
  axis: 'black–white',
  gabor: { orientation: 0, frequency: 0.25, phase: 0, along: 2, across: 1.6, x: 0, y: 0, explained: 1, ...gabor },
  ...rest,
});

test('a filter’s place is its widths in cycles, in the bins in which simple cells are counted', () => {
  const [placed] = placedFilters([filter({})]);
  expect(placed).toMatchObject({ nx: 0.4, ny: 0.5, filter: 0 });
  const { bins, beyond } = planeCounts([placed, { nx: 0.05, ny: 0.4 }, { nx: 0.4, ny: 3 }]);
  expect(bins[2][2]).toBe(1);
  expect(beyond).toBe(2);
  expect(V1_CELLS[2][2]).toBe(19);
  expect(V1_CELLS.flat().reduce((sum, cells) => sum + cells, 0)).toBe(79);
  expect(shareAmongCells([placed, { nx: 1.2, ny: 0.2 }])).toBe(0.5);
});

test('blobs and noise have no place, and phases are folded', () => {
  expect(placedFilters([filter({}, { class: 'grey blob' }), filter({}, { class: 'noise' })])).toEqual([]);
  const phases = distributionsOf([0, 179, -90, 95, -3, 44].map((phase) => filter({ phase }))).find(
    ({ id }) => id === 'phase',
  );
  expect(phases?.bars.map(({ count }) => count)).toEqual([3, 0, 1, 0, 0, 2]);
});

test('axes of colour are of all filters with a name', () => {
  const colours = distributionsOf([
    filter({}, { class: 'colour blob', axis: 'red–cyan' }),
    filter({}, { class: 'unclear', axis: 'red–cyan' }),
    filter({}),
  ]).find(({ id }) => id === 'colour');
  expect(colours?.bars.map(({ count }) => count)).toEqual([1, 1, 0, 0]);
});
