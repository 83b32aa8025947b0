import type { Predictors } from '../../../../src-main/common/results/predictors.ts';
import type { ReadablePoint } from '../../../charts/readable.ts';
import { scaledPoints } from '../../../charts/predictor-chart.ts';
import { text } from '../../../text/predictors.ts';

/** What can be pointed at in the chart of predictors: a layer of a transfer in each panel. */
export const chartPoints = ({ kind, panels }: Predictors['chart']): ReadablePoint[] =>
  panels.flatMap((panel, place) =>
    scaledPoints(panel)
      .toSorted((a, b) => a.replicate - b.replicate || a.n - b.n)
      .map(({ scaled, percent, n, replicate, target, value }) => ({
        ...{ x: scaled, y: percent, panel: place, series: `${panel.title} ${replicate} ${target}` },
        title: text.point(panel.title, n, replicate),
        lines: [text.says(value), text.accuracy(text.curve[kind], percent)],
      })),
  );
