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
  const { split } = protocolSchema.parse(JSON.parse(study.protocol));
  const curves = accuracyCurves(finishedRuns(store, study.id), {
    directions: split.kind === 'random' ? 'pooled' : 'apart',
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
  const tables = [...Map.groupBy(curves, ({ target }) => target).values()].map(tableOf);
  return [`Top-1 accuracy in %, ± 95 % interval (${basisOf(curves)})`, ...tables].join('\n\n');
}

/** One target's table: a row for each n, the base at n = 0 as in the paper's figure 2. */
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
