import type { Analysis } from '../report/analysis.ts';
import { variantSentences } from '../variants/wording.ts';
import type { VariantEffect } from '../variants/effects.ts';
import { Columns, type DataTable } from './table.ts';

/** One row a treatment that the paper doesn't have, against one that it varies: the mean over n, and its tests. */
export function variantsDataTable({ variants }: Analysis): DataTable {
  return {
    name: 'variants',
    title: 'Other treatments',
    about:
      'A treatment that the paper does not have a row, against one that it varies: mean difference over n in points of top-1, its 95% interval, and p-values corrected for all rows.',
    columns: new Columns<VariantEffect>()
      .text('effect', ({ effect }) => effect)
      .text('difference', ({ difference }) => difference)
      .text('target', ({ target }) => target)
      .text('n', ({ layers }) => layers.join(' '))
      .number('points', ({ mean }) => mean.points)
      .number('low', ({ mean }) => mean.interval.low)
      .number('high', ({ mean }) => mean.interval.high)
      .text('interval_of', ({ mean }) => mean.how)
      .integer('replicates', ({ mean }) => mean.units)
      .number('p_no_difference', ({ test }) => test?.shown)
      .number('p_difference_worth_the_name', ({ test }) => test?.excluded)
      .text('text', variantSentences)
      .of(variants),
  };
}
