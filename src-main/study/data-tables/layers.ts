import type { ReportedLayers } from '../report/study-report.ts';
import { Columns, type DataTable } from './table.ts';

/** One row a layer of a network that was looked at. */
export function layersTable({ networks }: ReportedLayers): DataTable {
  const rows = networks.flatMap(({ name: network, replicate, step, among, asked, chance, layers }) =>
    layers.map((layer) => ({ network, replicate, step, among, asked, chance, ...layer })),
  );
  return {
    name: 'layers',
    title: 'What excites the layers',
    about:
      'A layer of a network a row: of the images that excite a unit most, the share of their commonest class and of A’s classes, as fractions; means over the units that answer, beside what blind draws come to.',
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
