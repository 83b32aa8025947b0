import { curveName } from '../treatment.ts';
import type { StudyReport } from './study-report.ts';

/** One line per network, RFC 4180: CRLF, quotes where they must be. Numbers that don't exist are empty, never 0. */
export function resultsCsv(report: StudyReport): string {
  const split = new Map(report.splits.map((reported) => [reported.replicate, reported]));
  const rows = report.runs.map((run) => [
    run.name,
    curveName(run),
    run.kind,
    run.n,
    run.target,
    run.replicate + 1,
    split.get(run.replicate)?.splitSeed,
    split.get(run.replicate)?.trainingSeed,
    run.status,
    run.correct,
    run.total,
    run.correct !== null && run.total ? run.correct / run.total : null,
    run.loss,
    run.steps,
    run.seconds,
    run.key,
    run.error,
  ]);
  return [HEAD, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

const HEAD = [
  'network',
  'curve',
  'kind',
  'n',
  'target',
  'replicate',
  'split_seed',
  'training_seed',
  'status',
  'correct',
  'total',
  'top1',
  'loss',
  'steps',
  'seconds',
  'key',
  'error',
];

function field(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
