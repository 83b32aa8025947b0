import type { StudyResults } from '../../../src-main/api/contract/studies.ts';
import { exampleName } from '../../charts/example-axis.ts';
import { exampleShift } from '../../charts/example-chart.ts';
import type { ReadablePoint } from '../../charts/readable.ts';
import { resultsText } from '../../text/results.ts';

/** The means of example-chart, in its units, with the networks behind them. */
export function examplePoints(study: string, curves: StudyResults['examples']): ReadablePoint[] {
  return curves.flatMap((curve) => {
    const shift = exampleShift(curve, curves);
    return curve.points.map(({ examples, all, accuracy, interval, runs, replicates, how, gain, dots }) => ({
      x: examples * shift,
      y: 100 * accuracy,
      series: curve.name,
      title: resultsText.withImages(curve.name, exampleName({ examples, all })),
      lines: [
        resultsText.meanAccuracy(accuracy),
        resultsText.interval(interval.low, interval.high),
        ...(gain ? [resultsText.fromScratch(gain.points, gain.interval.low, gain.interval.high)] : []),
        resultsText.networks(runs, replicates),
        ...(how === 'held-out images' ? [resultsText.sampleOnly] : []),
      ],
      behind: { study, networks: dots.map(({ name, replicate }) => ({ name, replicate })) },
    }));
  });
}
