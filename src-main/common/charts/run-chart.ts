import * as Plot from '@observablehq/plot';
import type { Half } from '../treatments/treatments.ts';
import { count, percent } from '../numbers.ts';
import { spread } from './frame.ts';
import { bottomAxis, canvasOf, finish, leftAxis, paletteOf, WIDTH, type ChartOptions } from './look.ts';
import type { ReadablePoint } from './readable.ts';

export interface LearningPoint {
  readonly step: number;
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  /** Top-1, a fraction. */
  readonly accuracy: number;
}

/** One training as far as it has come. */
export interface RunCurve {
  /** The half that it learns: gives the colour. */
  readonly target: Half;
  /** Steps of the whole training: the axis ends there from the start. */
  readonly steps: number;
  /** Averages over the training batches since the point before. */
  readonly training: readonly LearningPoint[];
  readonly heldOut: readonly LearningPoint[];
}

/** `runs.curve` as it comes over the contract: float64 [points, 4] of step, loss, accuracy, learning rate. */
export function trainingPoints(values: Float64Array): LearningPoint[] {
  return rows(values).map(([step, loss, accuracy]) => ({ step, loss, accuracy }));
}

/** float64 [evaluations, 4] of step, loss, correct, total. */
export function heldOutPoints(values: Float64Array): LearningPoint[] {
  return rows(values).map(([step, loss, correct, total]) => ({ step, loss, accuracy: correct / total }));
}

const rows = (values: Float64Array): Float64Array[] =>
  Array.from({ length: Math.floor(values.length / 4) }, (_, row) => values.subarray(4 * row, 4 * row + 4));

export type Measure = 'loss' | 'accuracy';
const AXIS = { loss: 'Loss (nats)', accuracy: 'Top-1 accuracy (%)' };
/** Where the axis ends while there is nothing higher to show. */
const LEAST_TOP = { loss: 1, accuracy: 10 };

const valueOf = (point: LearningPoint, measure: Measure): number =>
  measure === 'loss' ? point.loss : 100 * point.accuracy;

interface Drawn {
  readonly step: number;
  readonly value: number;
}

/** The part of a curve that a smoothed one remembers. */
const MEMORY = 0.03;

/** Training (thin; over it smoothed, where that is asked for) and held-out (with markers) loss or accuracy of one run against the step, from 0 to its last step. */
export function runChart(
  curve: RunCurve,
  measure: Measure,
  options: ChartOptions & { readonly label: string; readonly smooth?: boolean },
): SVGSVGElement {
  const palette = paletteOf(options);
  const colour = palette.halves[curve.target];
  const canvas = canvasOf(options, 240, WIDTH / 2);
  const training = thinned(drawn(curve.training, measure), canvas.width);
  const heldOut = drawn(curve.heldOut, measure);
  const top = Math.max(LEAST_TOP[measure], ...[...training, ...heldOut].map(({ value }) => 1.06 * value));
  const ends = [
    { name: 'training', points: training, fill: palette.faint },
    { name: 'held-out', points: heldOut, fill: colour },
  ].filter(({ points }) => points.length > 0);
  const places = spread(
    ends.map(({ points }) => points.at(-1)!.value),
    (15 * top) / (canvas.height - MARGINS.marginTop - MARGINS.marginBottom),
    { low: 0, high: top },
  );
  // Held-out images are tested now and then: training has gone on since, and the name must not lie on its line.
  const last = Math.max(0, ...ends.map(({ points }) => points.at(-1)!.step));
  const chart = Plot.plot({
    ...canvas,
    ...MARGINS,
    x: {
      domain: [0, Math.max(1, curve.steps)],
      ticks: Math.max(2, Math.floor(canvas.width / 90)),
      tickFormat: (step: number) => (Number.isInteger(step) ? count(step) : ''),
      ...bottomAxis('Step'),
    },
    y: { ...leftAxis(AXIS[measure]), domain: [0, top], ticks: 5 },
    marks: [
      Plot.ruleY([0], { stroke: palette.faint }),
      Plot.line(training, {
        ...{ x: 'step', y: 'value', stroke: palette.faint },
        ...(options.smooth ? { strokeWidth: 1, strokeOpacity: 0.35 } : { strokeWidth: 1.25 }),
      }),
      options.smooth
        ? Plot.line(smoothed(training, MEMORY * training.length), {
            ...{ x: 'step', y: 'value', stroke: palette.faint, strokeWidth: 1.75 },
          })
        : undefined,
      Plot.line(heldOut, { x: 'step', y: 'value', stroke: colour, strokeWidth: 1.75 }),
      Plot.dot(heldOut, { x: 'step', y: 'value', r: 2.5, fill: colour }),
      ...ends.map(({ name, fill }, index) =>
        Plot.text([name], {
          x: [last],
          y: [places[index]],
          text: [name],
          textAnchor: 'start',
          dx: 8,
          fill,
        }),
      ),
    ],
  });
  return finish(chart, options.label);
}

const MARGINS = { marginTop: 26, marginRight: 66, marginBottom: 42, marginLeft: 48 };

/** The points of a measure. Values that are not numbers are left out. */
function drawn(points: readonly LearningPoint[], measure: Measure): Drawn[] {
  return points
    .map((point) => ({ step: point.step, value: valueOf(point, measure) }))
    .filter(({ value }) => Number.isFinite(value));
}

/**
 * The mean of each point and those before it, of which one that lies `memory` points back counts 1/e: an exponential average without
 * a bias towards its first point. Steps stay.
 *
 * @param memory points; 0 changes nothing
 */
export function smoothed<Point extends { readonly value: number }>(points: readonly Point[], memory: number): Point[] {
  const keep = memory > 0 ? Math.exp(-1 / memory) : 0;
  let [sum, weight] = [0, 0];
  return points.map((point) => {
    sum = keep * sum + point.value;
    weight = keep * weight + 1;
    return { ...point, value: sum / weight };
  });
}

/** At most `most` points, each the mean of consecutive ones, at the step of the last of them. */
export function thinned(points: readonly Drawn[], most: number): Drawn[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return [...points];
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const group = points.slice(index * size, (index + 1) * size);
    const value = group.reduce((sum, point) => sum + point.value, 0) / group.length;
    return { step: group.at(-1)!.step, value };
  });
}

/** What can be read off the chart by pointer or keys: held-out images first, then training. */
export function runPoints(curve: RunCurve, measure: Measure): ReadablePoint[] {
  const read = (series: string, points: readonly LearningPoint[]) =>
    drawn(points, measure).map(({ step, value }) => ({
      x: step,
      y: value,
      series,
      title: `Step ${count(step)}`,
      lines: [measure === 'loss' ? `${series}: ${value.toFixed(3)} nats` : `${series}: ${percent(value / 100)}`],
    }));
  return [...read('held-out images', curve.heldOut), ...read('training', curve.training)];
}
