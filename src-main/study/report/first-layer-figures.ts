import { parseHTML } from 'linkedom';
import { filterScatterChart } from '../../../src-renderer/charts/filter-scatter-chart.ts';
import { orientationChart } from '../../../src-renderer/charts/orientation-chart.ts';
import { hasDirection } from '../../filters/fit/summary.ts';
import type { Figure } from './figures.ts';
import type { FirstLayers } from './first-layer.ts';

/** Polar histogram of directions, and direction against frequency, of all bases together. None without directions. */
export function firstLayerFigures({ bases }: FirstLayers): Figure[] {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const stripes = bases.flatMap(({ fits }) =>
    fits.flatMap(({ class: name, gabor: { orientation, frequency } }, filter) =>
      hasDirection(name) ? [{ filter, class: name, orientation, frequency }] : [],
    ),
  );
  if (stripes.length === 0) return [];
  const counts = bases[0].summary.orientations.map((_, bar) =>
    bases.reduce((sum, { summary }) => sum + summary.orientations[bar], 0),
  );
  const [directions, frequencies] = ['Directions of stripes and edges', 'Direction and frequency'];
  return [
    {
      name: 'filter-directions',
      title: directions,
      caption: 'How many filters of all bases have which direction; 0° is horizontal. Each stands on both sides.',
      svg: orientationChart(counts, { document, label: directions }).outerHTML,
    },
    {
      name: 'filter-frequencies',
      title: frequencies,
      caption: 'Filled: Gabor-like filters of all bases. Hollow: edges of low frequency.',
      svg: filterScatterChart(stripes, { document, width: 380, label: frequencies }).outerHTML,
    },
  ];
}
