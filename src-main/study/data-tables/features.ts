import { NULL_WORDS } from '../../common/charts/population-words.ts';
import { FILTER_CLASSES } from '../../common/results/filters.ts';
import { planePoint } from '../../common/results/filter-population.ts';
import { hasDirection } from '../../filters/fit/bank-fit.ts';
import type { FirstLayers } from '../analysis/first-layer.ts';
import type { LookTransfer } from '../analysis/look-transfer.ts';
import type { ReportedLayers } from '../analysis/study-report.ts';
import { Columns, type DataTable } from './table.ts';

/** One row per first-layer filter of the bases. Direction and frequency are empty for filters that have none. */
export function filtersTable({ bases, matchings }: FirstLayers): DataTable {
  const rows = bases.flatMap(({ name, replicate, fits }) => {
    const matching = name === 'baseA' ? matchings.find((one) => one.replicate === replicate)?.generality : undefined;
    return fits.map((fit, filter) => ({
      ...{ network: name, replicate, filter, ...fit },
      stripes: hasDirection(fit.class) ? fit.gabor : undefined,
      match: matching && matching.matches[filter] + 1,
      similarity: matching?.similarities[filter],
    }));
  });
  return {
    name: 'filters',
    title: 'First-layer filters',
    about:
      'One row per filter of a base: its class, how well the fits explain it, and the filter of baseB that it is matched with.',
    columns: new Columns<(typeof rows)[number]>()
      .text('network', ({ network }) => network)
      .integer('replicate', ({ replicate }) => replicate + 1)
      .integer('filter', ({ filter }) => filter + 1)
      .text('class', (row) => row.class)
      .text('oddity', (row) => row.oddity)
      .text('component', ({ component }) => component.kind)
      .number('component_share', ({ component }) => component.share)
      .number('gabor_explained', ({ gabor }) => gabor.explained)
      .number('blob_explained', ({ blob }) => blob.explained)
      .number('orientation_degrees', ({ stripes }) => stripes?.orientation)
      .number('cycles_per_pixel', ({ stripes }) => stripes?.frequency)
      .number('phase_degrees', ({ stripes }) => stripes?.phase)
      .number('n_x', ({ stripes }) => stripes && planePoint(stripes).nx)
      .number('n_y', ({ stripes }) => stripes && planePoint(stripes).ny)
      .text('opponent_axis', ({ axis }) => axis)
      .integer('matched_in_baseB', ({ match }) => match)
      .number('similarity', ({ similarity }) => similarity)
      .of(rows),
  };
}

/** The table of how layers look, which takes seconds to make. */
export const LAYER_LOOKS = {
  name: 'layer_looks',
  title: 'How layers look, and what their transfer costs',
  about:
    'One row per measure of a layer of baseA and baseB (their mean), with AnB − BnB of that layer as a fraction of the held-out images; then rows of layers at steps of the training of replicate 1.',
} as const;

/** One row per measure of a layer and replicate, with what its transfer costs there; then layers at the steps that are known. */
export function layerLooksTable({ panels, growth }: LookTransfer): DataTable {
  interface Row {
    readonly replicate: number;
    readonly n: number;
    readonly step?: number;
    readonly measure: string;
    readonly value: number;
    readonly costs?: number;
  }
  const rows: Row[] = [
    ...panels
      .slice(1)
      .flatMap(({ title: measure, points }) =>
        points.map(({ replicate, n, value, accuracy }) => ({ replicate, n, measure, value, costs: accuracy })),
      ),
    ...growth.flatMap(({ step, n, values }) =>
      Object.entries(values).map(([measure, value]) => ({ replicate: 0, n, step, measure, value })),
    ),
  ];
  return {
    ...LAYER_LOOKS,
    columns: new Columns<Row>()
      .integer('replicate', ({ replicate }) => replicate + 1)
      .integer('n', ({ n }) => n)
      .integer('step', ({ step }) => step)
      .text('measure', ({ measure }) => measure)
      .number('value', ({ value }) => value)
      .number('anb_less_bnb', ({ costs }) => costs)
      .of(rows),
  };
}

interface KindRow {
  readonly network: string;
  readonly replicate?: number;
  readonly step?: number;
  readonly kind: string;
  readonly share: number;
}

/** One row per class of filters and step of a base, then the rows of untrained filters, without replicate and step. */
export function filterKindsDataTable({ bases, growth, calibration, nulls }: FirstLayers): DataTable {
  const rowsOf = (about: Omit<KindRow, 'kind' | 'share'>, shares: Readonly<Record<string, number>>): KindRow[] =>
    FILTER_CLASSES.map((kind) => ({ ...about, kind, share: shares[kind] }));
  const rows = [
    ...growth.flatMap(({ name, replicate, points }) =>
      points.flatMap(({ step, shares }) => rowsOf({ network: name, replicate, step }, shares)),
    ),
    ...bases
      .filter((base) => !growth.some(({ name, replicate }) => name === base.name && replicate === base.replicate))
      .flatMap(({ name, replicate, summary }) => rowsOf({ network: name, replicate }, summary.shares)),
    ...rowsOf({ network: 'untrained' }, calibration.shares),
    ...nulls.flatMap(({ name, shares }) => rowsOf({ network: NULL_WORDS[name] }, shares)),
  ];
  return {
    name: 'filter_kinds',
    title: 'Kinds of first-layer filters',
    about: 'One row per class of filters: its share of the filters of a base after a step, or of untrained ones.',
    columns: new Columns<KindRow>()
      .text('network', ({ network }) => network)
      .integer('replicate', ({ replicate }) => (replicate === undefined ? null : replicate + 1))
      .integer('step', ({ step }) => step)
      .text('kind', ({ kind }) => kind)
      .number('share', ({ share }) => share)
      .of(rows),
  };
}

/** One row per layer of each network whose units were computed. */
export function layersTable({ networks }: ReportedLayers): DataTable {
  const rows = networks.flatMap(({ name: network, replicate, step, among, asked, chance, layers }) =>
    layers.map((layer) => ({ network, replicate, step, among, asked, chance, ...layer })),
  );
  return {
    name: 'layers',
    title: 'What excites the layers',
    about:
      'One row per layer of a network: the shares of the most frequent class and of A’s classes among the images that excite a unit most, as fractions; means over the units that respond, beside the expected shares of images drawn at random.',
    columns: new Columns<(typeof rows)[number]>()
      .text('network', ({ network }) => network)
      .integer('replicate', ({ replicate }) => replicate + 1)
      .integer('step', ({ step }) => step)
      .integer('n', ({ n }) => n)
      .text('layer', ({ name }) => name)
      .text('type', ({ type }) => type)
      .integer('units', ({ units }) => units)
      .integer('silent', ({ silent }) => silent)
      .integer('constant', ({ constant }) => constant)
      .integer('sees_pixels', ({ window }) => window)
      .number('same_class', ({ share }) => share)
      .number('same_class_chance', ({ chance }) => chance.share)
      .number('classes_of_a', ({ ofA }) => ofA)
      .number('classes_of_a_chance', ({ chance }) => chance.ofA)
      .integer('images_asked', ({ asked }) => asked)
      .integer('images_looked_at', ({ among }) => among)
      .of(rows),
  };
}
