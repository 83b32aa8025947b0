import { type Half, partsOf, treatmentName } from '../../common/treatments/treatments.ts';
import { accuracyCurves, type Pooling, type RunResult } from '../results/curves.ts';
import { mean, wilsonInterval } from '../results/statistics.ts';
import type { AccuracyPoint } from '../../common/results/accuracy.ts';

/** A finished run with what it cost. */
export interface TimedResult extends RunResult {
  /** Of training. */
  readonly seconds: number;
}

/** A way to make a network for the target's classes, with all that was measured of it. */
export interface Choice extends AccuracyPoint {
  readonly kind: RunResult['kind'];
  /** `A3B+` */
  readonly name: string;
  /** Mean over its runs. */
  readonly seconds: number;
  readonly results: readonly TimedResult[];
}

/** With fewer independent replicates, Student's t says nothing of use: with two it multiplies the error by 12.7. */
export const FEW_UNITS = 3;

/** The interval of the held-out images of networks, as if all of them had the same errors. */
function ofImages(runs: readonly TimedResult[]): Pick<AccuracyPoint, 'interval' | 'how'> {
  const intervals = runs.map(({ correct, total }) => wilsonInterval(correct, total));
  const [low, high] = [mean(intervals.map((one) => one.low)), mean(intervals.map((one) => one.high))];
  return { interval: { low, high }, how: 'held-out images' };
}

/**
 * What a person can choose from, for one target: layers of another network, treated in any way, or training from scratch.
 * Selffer and random networks are controls of the experiment: whoever has trained on the target has what they want.
 */
export function choicesOf(results: readonly TimedResult[], target: Half, pooling: Pooling): Choice[] {
  const own = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  return accuracyCurves(own, pooling).flatMap(({ kind, points }) => {
    if (kind !== 'base' && partsOf(kind).lower !== 'transfer') return [];
    return points.map((point) => {
      const runs = own.filter((run) => run.kind === kind && run.n === point.n);
      const name = treatmentName({ kind, n: point.n, target });
      return {
        ...point,
        ...(point.units < FEW_UNITS && ofImages(runs)),
        kind,
        name,
        seconds: mean(runs.map(({ seconds }) => seconds)),
        results: runs,
      };
    });
  });
}
