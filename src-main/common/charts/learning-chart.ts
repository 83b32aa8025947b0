import * as Plot from '@observablehq/plot';
import type { CurvePoint, EvaluationPoint } from '../results/accuracy.ts';
import type { Half } from '../treatments/treatments.ts';
import { ACCURACY_AXIS, bottomAxis, canvasOf, finish, leftAxis, paletteOf, WIDTH, type ChartOptions } from './look.ts';

export interface LearningCurve {
  readonly target: Half;
  readonly replicate: number;
  readonly curve: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
}

const MARGINS = { marginLeft: 48, marginRight: 60, marginBottom: 42, marginTop: 28 };
const STEPS = { ...bottomAxis('Optimiser step'), ticks: 6, tickFormat: 'd' };

/** Training loss (smoothed by the trainer) against the step. */
export function trainingLossChart(curves: readonly LearningCurve[], options: ChartOptions): SVGSVGElement {
  const points = curves.flatMap((learning) =>
    learning.curve.map(({ step, loss }) => ({ ...learning, step, value: loss })),
  );
  return learningChart(points, [], 'Training loss (nats)', options);
}

/** Held-out accuracy against the step (lines with markers), over the training accuracy (thin dotted lines). */
export function heldOutAccuracyChart(curves: readonly LearningCurve[], options: ChartOptions): SVGSVGElement {
  const heldOut = curves.flatMap((learning) =>
    learning.evaluations.map(({ step, correct, total }) => ({ ...learning, step, value: (100 * correct) / total })),
  );
  const training = curves.flatMap((learning) =>
    learning.curve.map(({ step, accuracy }) => ({ ...learning, step, value: 100 * accuracy })),
  );
  return learningChart(heldOut, training, ACCURACY_AXIS, options);
}

type LearningPoint = Pick<LearningCurve, 'target' | 'replicate'> & { step: number; value: number };

function learningChart(
  points: readonly LearningPoint[],
  training: readonly LearningPoint[],
  axis: string,
  options: ChartOptions,
): SVGSVGElement {
  const series = (point: LearningPoint) => `${point.target}${point.replicate}`;
  // baseA and baseB; several replicates are lines of one colour.
  const { halves } = paletteOf(options);
  const stroke = (point: LearningPoint) => halves[point.target];
  const place = { x: 'step', y: 'value', z: series, stroke };
  const chart = Plot.plot({
    ...canvasOf(options, undefined, WIDTH / 2),
    ...MARGINS,
    x: STEPS,
    y: { ...leftAxis(axis), zero: true },
    marks: [
      Plot.line(training, { ...place, strokeWidth: 1, strokeDasharray: '1 2' }),
      Plot.line(points, { ...place, strokeWidth: 1.5 }),
      ...names(points, halves),
      training.length > 0 ? Plot.dot(points, { x: 'step', y: 'value', r: 1.75, fill: stroke }) : undefined,
    ],
  });
  return finish(chart, `${axis} of the base networks against the optimiser step`);
}

/** `baseA` and `baseB` at the ends of their lines, on the side of the mean that each is on. */
function names(points: readonly LearningPoint[], colours: Readonly<Record<Half, string>>): Plot.Markish[] {
  const last = Math.max(...points.map((point) => point.step));
  const ends = [
    ...Map.groupBy(
      points.filter(({ step }) => step === last),
      ({ target }) => target,
    ),
  ].map(([target, group]) => ({ target, value: group.reduce((sum, { value }) => sum + value, 0) / group.length }));
  ends.sort((a, b) => b.value - a.value);
  return ends.map(({ target, value }, index) =>
    Plot.text([`base${target}`], {
      x: [last],
      y: [value],
      dx: 8,
      dy: ends.length === 1 ? 0 : index === 0 ? -7 : 7,
      textAnchor: 'start',
      text: (text: string) => text,
      fill: colours[target],
    }),
  );
}
