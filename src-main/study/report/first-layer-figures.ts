import { classShareChart } from '../../common/charts/class-share-chart.ts';
import { CLASS_NAMES } from '../../common/charts/filter-classes.ts';
import { distributionChart } from '../../common/charts/distribution-chart.ts';
import { gaborPlaneChart } from '../../common/charts/gabor-plane-chart.ts';
import { DISTRIBUTION_WORDS, PLANE_WORDS, planeSentence } from '../../common/charts/population-words.ts';
import { filterScatterChart } from '../../common/charts/filter-scatter-chart.ts';
import { orientationChart } from '../../common/charts/orientation-chart.ts';
import { similarityChart } from '../../common/charts/similarity-chart.ts';
import { count, inPercent, percent } from '../../common/numbers.ts';
import { distributionsOf, placedFilters } from '../../common/results/filter-population.ts';
import { FILTER_CLASSES } from '../../common/results/filters.ts';
import { hasDirection, ORIENTATION_STEP } from '../../filters/fit/bank-fit.ts';
import { chartDocument as document, type Figure } from './figures.ts';
import type { FirstLayers, Growth } from '../analysis/first-layer.ts';

/** Half the page: two stand beside each other. */
const width = 380;

/**
 * Growth of the classes, similarity of matched filters, directions, and directions against frequency. Figures without
 * data are left out.
 */
export function firstLayerFigures(layers: FirstLayers): Figure[] {
  return [
    ...layers.growth.map((growth) => growthFigure(growth)),
    ...similarityFigures(layers),
    ...directionFigures(layers),
    ...populationFigures(layers),
  ];
}

function growthFigure({ name, replicate, points }: Growth): Figure {
  const title = `Kinds of filters while ${name} learned`;
  const [first, last] = [points[0], points.at(-1)!];
  const changes = FILTER_CLASSES.filter((kind) => points.some(({ shares }) => shares[kind] > 0)).map(
    (kind) => `${CLASS_NAMES[kind]} from ${inPercent(first.shares[kind], 0)} to ${percent(last.shares[kind], 0)}`,
  );
  return {
    name: `filter-growth-${name}`,
    title,
    caption: `Percent of the filters of each kind, replicate ${replicate + 1}.`,
    svg: classShareChart(points, {
      ...{ document, width },
      label: `${title}, from step ${count(first.step)} to step ${count(last.step)}: ${changes.join(', ')}`,
    }).outerHTML,
  };
}

function similarityFigures({ matchings }: FirstLayers): Figure[] {
  if (matchings.length === 0) return [];
  const all = matchings.map(({ generality }) => generality);
  const [learned, untrained] = [all.flatMap((one) => one.similarities), all.flatMap((one) => one.untrained)];
  const title = 'Similarity of the filters of baseA and baseB';
  const means = [learned, untrained].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  return [
    {
      name: 'filter-similarities',
      title,
      caption: `Bars: ${count(learned.length)} matched pairs of filters of baseA and baseB, of all replicates. Dashed: ${count(untrained.length)} pairs of their filters with those of untrained networks. 1 means the same filter.`,
      svg: similarityChart(
        { name: 'baseA and baseB', similarities: learned, untrained },
        {
          ...{ document, width },
          label: `${title}: similarity ${means[0].toFixed(2)} on average, ${means[1].toFixed(2)} with untrained filters`,
        },
      ).outerHTML,
    },
  ];
}

function directionFigures({ bases }: FirstLayers): Figure[] {
  const stripes = bases.flatMap(({ fits }) =>
    fits.flatMap(({ class: name, gabor: { orientation, frequency } }, filter) =>
      hasDirection(name) ? [{ filter, class: name, orientation, frequency }] : [],
    ),
  );
  if (stripes.length === 0) return [];
  const counts = bases[0].summary.orientations.map((_, bar) =>
    bases.reduce((sum, { summary }) => sum + summary.orientations[bar], 0),
  );
  const most = counts.indexOf(Math.max(...counts));
  const frequencies = stripes.map(({ frequency }) => frequency);
  const [least, largest] = [Math.min(...frequencies), Math.max(...frequencies)].map((value) => value.toFixed(2));
  return [
    {
      name: 'filter-directions',
      title: 'Directions of stripes and edges',
      caption:
        'Number of filters of all bases by direction; 0° is horizontal. Each filter is drawn on both sides, because opposite directions are the same.',
      svg: orientationChart(counts, {
        document,
        label: `Directions of stripes and edges: ${stripes.length} filters, most of them (${counts[most]}) around ${ORIENTATION_STEP * most}°`,
      }).outerHTML,
    },
    {
      name: 'filter-frequencies',
      title: 'Direction and frequency',
      caption: 'Filled: Gabor-like filters of all bases. Hollow: low-frequency edges.',
      svg: filterScatterChart(stripes, {
        ...{ document, width },
        label: `Direction and frequency of ${stripes.length} filters with stripes or an edge, from ${least} to ${largest} cycles per pixel`,
      }).outerHTML,
    },
  ];
}

/** The plane of n_x and n_y, then a small histogram each; none without filters that have stripes, an edge or a name. */
function populationFigures({ bases, nulls, calibration }: FirstLayers): Figure[] {
  const filters = bases.flatMap(({ fits }) => fits);
  const placed = placedFilters(filters);
  const untrained = nulls.find(({ name }) => name === 'white')?.plane ?? [];
  const distributions = distributionsOf(filters).filter(
    ({ id, bars }) => (id !== 'colour' || calibration.shape[0] === 3) && bars.some((bar) => bar.count > 0),
  );
  const plane: Figure[] =
    placed.length === 0
      ? []
      : [
          {
            name: 'filter-plane',
            title: PLANE_WORDS.title,
            caption: PLANE_WORDS.caption,
            svg: gaborPlaneChart(
              { filters: placed, untrained },
              { document, width, label: `${PLANE_WORDS.title}. ${planeSentence(placed, untrained)}` },
            ).outerHTML,
          },
        ];
  return [
    ...plane,
    ...distributions.map(({ id, bars }): Figure => {
      const { title, axis, about } = DISTRIBUTION_WORDS[id];
      const most = bars.reduce((best, bar) => (bar.count > best.count ? bar : best));
      const label = `${title} of the filters of all bases, most often ${most.name} (${most.count})`;
      return {
        name: `filter-${id}`,
        title: `${title} of the filters`,
        caption: about,
        svg: distributionChart(bars, { document, width, label, axis }).outerHTML,
      };
    }),
  ];
}
