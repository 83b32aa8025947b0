import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { filtersSvg } from '../../src-renderer/views/filters/picture-files.ts';

const red = { shape: [2, 3, 1, 2], weights: Float32Array.of(1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0) };

test('an SVG has a rectangle for each colour, at the place of its weight', () => {
  const text = filtersSvg([{ title: 'baseA <1>', bank: red, order: [1, 0] }], 10);
  const { document } = parseHTML(text);
  const filters = [...document.querySelectorAll('svg > g > g')];
  expect(filters.map((filter) => filter.querySelector('title')?.textContent)).toEqual(['filter 2', 'filter 1']);
  const drawn = filters.map((filter) =>
    [...filter.querySelectorAll('rect')].map((rect) =>
      ['x', 'y', 'width', 'fill'].map((name) => rect.getAttribute(name)).join(' '),
    ),
  );
  // The second filter has a weight of zero beside one of full red; the first is full red twice: one rectangle.
  expect(drawn).toEqual([['0 0 1 #808080', '1 0 1 #ff8080'], ['0 0 2 #ff8080']]);
  expect(document.querySelector('svg > g > title')?.textContent).toBe('baseA <1>');
  expect(document.querySelector('svg')?.getAttribute('width')).toBe('70');
});

test('two networks stand beside each other', () => {
  const panel = { title: 'one', bank: red, order: [0] };
  const { document } = parseHTML(filtersSvg([panel, { ...panel, title: 'two' }], 1));
  expect([...document.querySelectorAll('svg > g')].map((group) => group.getAttribute('transform'))).toEqual([
    'translate(0 0)',
    'translate(10 0)',
  ]);
});
