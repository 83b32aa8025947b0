import type { Predictors } from '../../../../src-main/api/contract/predictions.ts';
import type { ReadablePoint } from '../../../charts/readable.ts';
import { scaledPoints } from '../../../charts/predictor-chart.ts';
import { predictorsText } from '../../../text/results.ts';

/** What can be pointed at in the chart of predictors: a layer of a transfer in each panel. */
export const chartPoints = ({ kind, panels }: Predictors['chart']): ReadablePoint[] =>
  panels.flatMap((panel, place) =>
    scaledPoints(panel)
      .toSorted((a, b) => a.replicate - b.replicate || a.n - b.n)
      .map(({ scaled, percent, n, replicate, target, value }) => ({
        ...{ x: scaled, y: percent, panel: place, series: `${panel.title} ${replicate} ${target}` },
        title: predictorsText.point(panel.title, n, replicate),
        lines: [predictorsText.says(value), predictorsText.accuracy(predictorsText.curve[kind], percent)],
      })),
  );
