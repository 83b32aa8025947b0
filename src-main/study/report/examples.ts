import { withName } from '../../common/cuts.ts';
import { curvesAt, exampleLayers, exampleTicks } from '../../common/charts/example-axis.ts';
import { exampleChart, ringsOf } from '../../common/charts/example-chart.ts';
import { inPercent, percentRange, signed, signedRange } from '../../common/numbers.ts';
import type { ExamplePoint } from '../../common/results/accuracy.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { crossoverCell } from './crossover-words.ts';
import { chartDocument as document, type Figure } from './figures.ts';
import { intervalMark } from './tables.ts';
import type { Table } from '../../common/results/tables.ts';

/** Pixels; two figures fit beside each other. */
const WIDTH = 520;

/** Accuracy against images of each target class, a figure for each n. */
export function exampleFigures({ examples, targets, cuts }: Analysis): Figure[] {
  return targets.flatMap((target) =>
    exampleLayers(examples, target).map((n) => {
      const curves = curvesAt(examples, target, n);
      const rings = ringsOf(curves).length > 0;
      return {
        name: `examples-${targets.length > 1 ? `${target}-` : ''}n${n}`,
        title: `n = ${withName(cuts, n)}${targets.length > 1 ? `, trained on ${target}` : ''}`,
        caption: `Means with 95% intervals.${rings ? ' A ring marks where training from scratch catches up.' : ''}`,
        svg: exampleChart(curves, {
          ...{ document, width: WIDTH },
          label: `Top-1 accuracy against training images of each target class, n = ${withName(cuts, n)}`,
        }).outerHTML,
      };
    }),
  );
}

/** Accuracy and gain per treatment, n and k, and where training from scratch catches up. */
export function examplesTable({ examples, replicates, splits }: Analysis): Table {
  const columns = exampleTicks(examples);
  const cell = (point: ExamplePoint | undefined) => {
    if (!point) return '–';
    const { accuracy, runs, interval, gain } = point;
    const mean = `${inPercent(accuracy)} ×${runs}${intervalMark(point, { replicates, splits })}\n${percentRange(interval)}`;
    return gain ? `${mean}\n${signed(gain.points)} (${signedRange(gain.interval)})` : mean;
  };
  return {
    title: 'Few target examples',
    caption:
      'Top-1 accuracy in percent by number of training images of each target class: mean × number of networks, its 95% interval, and below it the difference from training from scratch on the same images, in points, paired by replicate. The last column gives the images of each class at which training from scratch catches up, interpolated linearly over the logarithm between measured numbers.',
    head: ['Network', ...columns.map(({ name }) => name), 'From scratch catches up'],
    rows: examples.map((curve) => [
      curve.name,
      ...columns.map(({ examples: k }) => cell(curve.points.find((point) => point.examples === k))),
      crossoverCell(curve),
    ]),
    words: 1,
  };
}
