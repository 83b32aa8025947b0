import { accuracyCurves, type AccuracyCurve, type Pooling, type RunResult } from '../curves.ts';
import { effectCurves, type EffectCurve } from '../effects.ts';
import type { Half } from '../treatment.ts';
import type { ReportedRun, StudyReport } from './study-report.ts';

/** The statistics of a study, as page, CSV and JSON show them. */
export interface Analysis {
  readonly pooling: Pooling;
  readonly results: readonly RunResult[];
  readonly curves: readonly AccuracyCurve[];
  readonly effects: readonly EffectCurve[];
  /** Halves that something was transferred to, B first: each gets its own figures. `B` alone where directions are pooled. */
  readonly targets: readonly Half[];
  /** Accuracy of guessing among the classes of a half, a fraction. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly replicates: number;
}

export function analyse(report: StudyReport): Analysis {
  const { bothDirections, split } = report.protocol;
  const pooling: Pooling = { directions: bothDirections && split.kind === 'random' ? 'pooled' : 'apart' };
  const results = report.runs.filter(isResult);
  const curves = accuracyCurves(results, pooling);
  const effects = effectCurves(results, pooling);
  const targets = [...new Set(curves.filter(({ kind }) => kind !== 'base').map(({ target }) => target))];
  const { a, b } = report.splits[0];
  return {
    pooling,
    results,
    curves,
    effects,
    targets: targets.length > 0 ? targets : ['B'],
    chance: { A: 1 / a.length, B: 1 / b.length },
    replicates: report.splits.length,
  };
}

function isResult(run: ReportedRun): run is ReportedRun & RunResult {
  return run.status === 'finished' && run.correct !== null && run.total !== null && run.total > 0 && run.loss !== null;
}
