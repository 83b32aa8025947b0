import { curveName } from '../treatment.ts';
import type { Answer, AnsweredEffect } from '../statements/answer.ts';
import { hasDirection } from '../../filters/fit/summary.ts';
import type { FirstLayers } from './first-layer.ts';
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
  return csvOf([HEAD, ...rows]);
}

/** What the study says of the paper's statements: a line for the effect of each, then one for each of its layers, and the paper's beside. */
export function statementsCsv(answers: readonly Answer[]): string {
  const rows = answers.flatMap((answer) => {
    const { id, title, target, difference, verdict, layers, effect, moreSeeds, text, byLayer, paper } = answer;
    const about = [id, title, target, difference];
    const layerRows = byLayer.map((layer) => {
      const theirs = paper.byLayer.find(({ n }) => n === layer.n);
      return [...about, layer.n, null, ...numbers(layer), null, theirs?.points ?? null, null, null];
    });
    return [
      [...about, layers.join(' '), verdict, ...numbers(effect), moreSeeds, null, paper.verdict, text],
      ...layerRows,
    ];
  });
  return csvOf([STATEMENTS_HEAD, ...rows]);
}

const STATEMENTS_HEAD = [
  ...[
    'statement',
    'title',
    'target',
    'difference',
    'n',
    'verdict',
    'points',
    'low',
    'high',
    'interval_of',
    'replicates',
  ],
  ...['p_no_effect', 'p_effect_worth_the_name', 'more_seeds', 'paper_points', 'paper_verdict', 'text'],
];

const numbers = (effect: AnsweredEffect | null) =>
  effect
    ? [
        ...[effect.points, effect.interval.low, effect.interval.high, effect.how, effect.replicates],
        ...[effect.shown, effect.excluded],
      ]
    : Array<null>(7).fill(null);

const csvOf = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');

type Cell = string | number | null | undefined;

/** One line per first-layer filter of the bases. Direction and frequency are empty for filters that have none. */
export function filtersCsv({ bases, matchings }: FirstLayers): string {
  const rows = bases.flatMap(({ name, replicate, fits }) => {
    const matching = name === 'baseA' ? matchings.find((one) => one.replicate === replicate)?.generality : undefined;
    return fits.map(({ class: kind, component, gabor, blob }, filter) => [
      ...[name, replicate + 1, filter + 1, kind, component.kind, component.share, gabor.explained, blob.explained],
      ...(hasDirection(kind) ? [gabor.orientation, gabor.frequency, gabor.phase] : [null, null, null]),
      matching && matching.matches[filter] + 1,
      matching?.similarities[filter],
    ]);
  });
  const measured = ['class', 'component', 'component_share', 'gabor_explained', 'blob_explained'];
  const stripes = ['orientation_degrees', 'cycles_per_pixel', 'phase_degrees', 'matched_in_baseB', 'similarity'];
  return csvOf([['network', 'replicate', 'filter', ...measured, ...stripes], ...rows]);
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

function field(value: Cell): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
