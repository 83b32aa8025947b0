import type { StudyResults } from '../../../src-main/api/contract/studies.ts';
import { exampleName } from '../../charts/example-axis.ts';
import { exampleShift } from '../../charts/example-chart.ts';
import type { ReadablePoint } from '../../charts/readable.ts';
import { text } from '../../text/results.ts';

/** The means of example-chart, in its units, with the networks behind them. */
export function examplePoints(study: string, curves: StudyResults['examples']): ReadablePoint[] {
  return curves.flatMap((curve) => {
    const shift = exampleShift(curve, curves);
    return curve.points.map(({ examples, all, accuracy, interval, runs, replicates, how, gain, dots }) => ({
      x: examples * shift,
      y: 100 * accuracy,
      series: curve.name,
      title: text.withImages(curve.name, exampleName({ examples, all })),
      lines: [
        text.meanAccuracy(accuracy),
        text.interval(interval.low, interval.high),
        ...(gain ? [text.fromScratch(gain.points, gain.interval.low, gain.interval.high)] : []),
        text.networks(runs, replicates),
        ...(how === 'held-out images' ? [text.sampleOnly] : []),
      ],
      behind: { study, networks: dots.map(({ name, replicate }) => ({ name, replicate })) },
    }));
  });
}
