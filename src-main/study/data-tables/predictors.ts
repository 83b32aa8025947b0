import { type PredictionView, PREDICTOR_VERDICTS } from '../prediction/prediction-view.ts';
import { CURVE, nameOf } from '../prediction/findings.ts';
import { other } from '../../common/treatments/treatments.ts';
import { Columns, type DataTable } from './table.ts';

/** One row a predictor of one layer of one transfer. */
export function predictorsTable({ points }: PredictionView): DataTable {
  return {
    name: 'predictors',
    title: 'Cheap predictors',
    about:
      'What a predictor says of the first n layers of one base for the other half, a row each, beside the top-1 accuracies that were measured, as fractions. LEEP is of the whole network, the same at every n.',
    columns: new Columns<PredictionView['points'][number]>()
      .text('predictor', ({ predictor }) => nameOf(predictor))
      .integer('replicate', ({ replicate }) => replicate + 1)
      .text('source', ({ target }) => other(target))
      .text('target', ({ target }) => target)
      .integer('n', ({ n }) => n)
      .number('value', ({ value }) => value)
      .number('top1_transfer', ({ transfer }) => transfer)
      .number('top1_transfer_fine_tuned', (point) => point['transfer+'])
      .of(points),
  };
}

/** One row a predictor against one kind of accuracy. */
export function predictorCorrelationsTable({ agreements }: PredictionView): DataTable {
  return {
    name: 'predictor-correlations',
    title: 'Cheap predictors against measured accuracy',
    about:
      'A predictor against one curve a row: rank correlations over n within a transfer (averaged), of all points pooled, and across transfers; p by permutation, corrected for all predictors (Holm).',
    columns: new Columns<PredictionView['agreements'][number]>()
      .text('predictor', ({ predictor }) => nameOf(predictor))
      .text('curve', ({ kind }) => CURVE[kind])
      .number('spearman', ({ rho }) => rho)
      .number('low', ({ interval }) => interval?.low)
      .number('high', ({ interval }) => interval?.high)
      .number('kendall', ({ tau }) => tau)
      .number('spearman_pooled', ({ pooled }) => pooled)
      .number('spearman_across', ({ across }) => across)
      .number('p', ({ p }) => p)
      .text('verdict', ({ verdict }) => PREDICTOR_VERDICTS[verdict])
      .of(agreements),
  };
}
