import { predictorChart } from '../../../src-renderer/charts/predictor-chart.ts';
import { CURVE } from '../prediction/findings.ts';
import type { PredictionView } from '../prediction/prediction-view.ts';
import { chartDocument as document, type Figure } from './figure.ts';

/** Measured accuracy against each cheap predictor. None where no layer has both. */
export function predictorFigures({ chart: { kind, panels } }: PredictionView): Figure[] {
  if (panels.length === 0) return [];
  const title = 'Accuracy against what each predictor says';
  return [
    {
      name: 'predictors',
      title,
      caption: `Measured top-1 of ${CURVE[kind]} against each predictor, which runs from the lowest to the highest of its values. Numbers are n; a line joins the layers of one transfer. A predictor that told would rise from left to right.`,
      svg: predictorChart(panels, kind, { document, label: title }).outerHTML,
    },
  ];
}
