import { type PredictionView, PREDICTOR_VERDICTS } from '../prediction/prediction-view.ts';
import { CURVE_NAMES, predictorName } from '../prediction/findings.ts';
import { other } from '../../common/treatments/treatments.ts';
import { Columns, type DataTable } from './table.ts';

/** One row per predictor and layer of a transfer. */
export function predictorsTable({ points }: PredictionView): DataTable {
  return {
    name: 'predictors',
    title: 'Cheap predictors',
    about:
      'One row per predictor and n: its value for the first n layers of one base and the other half, beside the measured top-1 accuracies as fractions. LEEP is computed on the whole network, so it is the same at every n.',
    columns: new Columns<PredictionView['points'][number]>()
      .text('predictor', ({ predictor }) => predictorName(predictor))
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

/** One row per predictor and kind of accuracy. */
export function predictorCorrelationsTable({ agreements }: PredictionView): DataTable {
  return {
    name: 'predictor-correlations',
    title: 'Cheap predictors against measured accuracy',
    about:
      'One row per predictor and curve: rank correlations over n within a transfer (averaged), over all points pooled, and across transfers; p by permutation, corrected for all predictors (Holm).',
    columns: new Columns<PredictionView['agreements'][number]>()
      .text('predictor', ({ predictor }) => predictorName(predictor))
      .text('curve', ({ kind }) => CURVE_NAMES[kind])
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
