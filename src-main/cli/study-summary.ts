import type { Store, StudyRecord } from '../store/records.ts';
import { accuracyCurves, type AccuracyCurve, type AccuracyPoint, type RunResult } from '../study/curves.ts';
import { protocolSchema } from '../study/protocol.ts';
import { TREATMENT_KINDS, type TreatmentKind } from '../study/treatment.ts';
import { counted } from './numbers.ts';
import { table } from './table.ts';

export interface StudySummary {
  readonly text: string;
  readonly json: { readonly study: string; readonly curves: readonly AccuracyCurve[] };
}

/** The accuracies of a study so far, by n and treatment. */
export function studySummary(store: Store, study: StudyRecord): StudySummary {
  const { split, bothDirections } = protocolSchema.parse(JSON.parse(study.protocol));
  const curves = accuracyCurves(finishedRuns(store, study.id), {
    directions: bothDirections && split.kind === 'random' ? 'pooled' : 'apart',
  });
  return { text: textOf(curves), json: { study: study.id, curves } };
}

function finishedRuns(store: Store, study: string): RunResult[] {
  return store.studyRuns(study).flatMap(({ name, kind, n, target, replicate, record }) => {
    const { status, correct, total, loss } = record;
    if (status !== 'finished' || correct === null || !total) return [];
    return [{ name, kind: kindOf(kind), n, target, replicate, correct, total, loss: loss ?? NaN }];
  });
}

function kindOf(kind: string): TreatmentKind | 'base' {
  return TREATMENT_KINDS.find((known) => known === kind) ?? 'base';
}

function textOf(curves: readonly AccuracyCurve[]): string {
  if (curves.length === 0) return 'No training has finished yet.';
  // A half that nothing is transferred to has its base only: it stands beside the other base.
  const studied = new Set(curves.filter(({ kind }) => kind !== 'base').map(({ target }) => target));
  const tables =
    studied.size < 2
      ? [tableOf(curves)]
      : [...studied].map((half) => tableOf(curves.filter(({ target }) => target === half)));
  return [`Top-1 accuracy in %, ± 95 % interval (${basisOf(curves)})`, ...tables].join('\n\n');
}

/** A row for each n and a column for each curve; the bases at n = 0 as in the paper's figure 2. */
function tableOf(curves: readonly AccuracyCurve[]): string {
  const layers = [...new Set(curves.flatMap(({ points }) => points.map(({ n }) => n)))].sort((a, b) => a - b);
  const rows = layers.map((n) => [
    String(n),
    ...curves.map(({ points }) => cell(points.find((point) => point.n === n))),
  ]);
  return table(['n', ...curves.map(({ name }) => name)], rows, []);
}

function cell(point: AccuracyPoint | undefined): string {
  if (!point) return '';
  const { low, high } = point.interval;
  return `${(100 * point.accuracy).toFixed(1)} ±${(50 * (high - low)).toFixed(1)}`;
}

function basisOf(curves: readonly AccuracyCurve[]): string {
  const replicates = Math.max(...curves.flatMap(({ points }) => points.map((point) => point.replicates)));
  return replicates === 1 ? 'of the held-out images, one replicate' : `over ${counted(replicates, 'replicate')}`;
}
