import type { Analysis } from '../report/analysis.ts';
import { Columns, type DataTable } from './table.ts';

/** One row a treatment at one n and number of images of each target class. */
export function examplesDataTable({ examples }: Analysis): DataTable {
  const rows = examples.flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, at: point })));
  return {
    name: 'examples',
    title: 'Few target examples',
    about:
      'A treatment at one n and one number of images of each target class a row: mean top-1 accuracy as a fraction, the gain over training from scratch on the same images in points, and where training from scratch catches up with the treatment.',
    columns: new Columns<(typeof rows)[number]>()
      .text('network', ({ name }) => name)
      .text('curve', ({ curve }) => curve)
      .text('kind', ({ kind }) => kind)
      .text('target', ({ target }) => target)
      .integer('n', ({ n }) => n)
      // Of all images the mean over classes, which need not be whole.
      .number('images_per_target_class', ({ at }) => at.examples)
      .text('images', ({ at }) => (at.all ? 'all' : 'few'))
      .number('top1', ({ at }) => at.accuracy)
      .number('low', ({ at }) => at.interval.low)
      .number('high', ({ at }) => at.interval.high)
      .text('interval_of', ({ at }) => at.how)
      .integer('networks', ({ at }) => at.runs)
      .integer('replicates', ({ at }) => at.replicates)
      .number('gain_points', ({ at }) => at.gain?.points)
      .number('gain_low', ({ at }) => at.gain?.interval.low)
      .number('gain_high', ({ at }) => at.gain?.interval.high)
      .text('gain_interval_of', ({ at }) => at.gain?.how)
      .integer('pairs', ({ at }) => at.gain?.pairs)
      .text('crossover', ({ crossover }) => crossover?.state)
      .number('crossover_images', ({ crossover }) => crossover?.examples)
      .number('crossover_low', ({ crossover }) => crossover?.range?.low)
      .number('crossover_high', ({ crossover }) => crossover?.range?.high)
      .of(rows),
  };
}
