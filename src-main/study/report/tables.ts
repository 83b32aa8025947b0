import { areNamed, nameAt, type Cut } from '../../common/cuts.ts';
import { count, duration, inPercent, percentRange, short, signed, signedRange } from '../../common/numbers.ts';
import type { Table } from '../../common/results/tables.ts';
import { depthOf } from '../../network/describe.ts';
import { resolveNetwork, countNetwork, type Layer } from '../../network/network.ts';
import type { AccuracyCurve } from '../../common/results/accuracy.ts';
import type { EffectPoint } from '../../common/results/effects.ts';
import { type Interval, isOfImages } from '../../common/results/intervals.ts';
import type { AnsweredEffect } from '../../common/results/statements.ts';
import { balancedAccuracy } from '../results/balance.ts';
import { LEVEL, MARGIN } from '../statements/judge.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { TRAINING_PARTS, type ReportedRun, type StudyReport } from '../analysis/study-report.ts';

const GAP = '–';
/** Marks an interval that covers less than the others of the study. */
export const intervalMark = (
  { how }: Pick<EffectPoint, 'how'>,
  { replicates, splits }: Pick<Analysis, 'replicates' | 'splits'>,
): string => (isOfImages(how) && replicates > 1 ? '*' : how === 'seeds of one split' && splits > 1 ? '**' : '');

/** Columns and cells that say which cut an n is, where names say more than numbers. */
const cutHead = (cuts: readonly Cut[]): string[] => (areNamed(cuts) ? ['Cut after'] : []);
const cutCells = (cuts: readonly Cut[], n: number): string[] => (areNamed(cuts) ? [nameAt(cuts, n) ?? GAP] : []);

/** Accuracy per n and treatment: mean, 95% interval, number of runs, number of trained parameters. */
export function accuracyTable({ curves, replicates, splits, parameters, cuts }: Analysis): Table {
  const layers = [...new Set(curves.flatMap(({ points }) => points.map(({ n }) => n)))].sort((a, b) => a - b);
  const trainedOf = ({ kind, target }: AccuracyCurve, n: number) =>
    parameters.find((each) => each.kind === kind && each.target === target && each.n === n)?.trained;
  const cell = (curve: AccuracyCurve, n: number) => {
    const point = curve.points.find((each) => each.n === n);
    if (!point) return GAP;
    const accuracy = `${inPercent(point.accuracy)} ×${point.runs}${intervalMark(point, { replicates, splits })}`;
    const balanced = point.balanced === null ? '' : `balanced ${inPercent(point.balanced)}\n`;
    return `${accuracy}\n${percentRange(point.interval)}\n${balanced}${short(trainedOf(curve, n) ?? 0)} trained`;
  };
  return {
    title: 'Top-1 accuracy',
    caption:
      'Percent of held-out images classified correctly: mean × number of networks, its 95% interval, and how many parameters were trained. Where classes are of unequal size, balanced accuracy, in which each class counts alike, stands below. n = 0 is the base.',
    head: ['n', ...cutHead(cuts), ...curves.map(({ name }) => name)],
    rows: layers.map((n) => [String(n), ...cutCells(cuts, n), ...curves.map((curve) => cell(curve, n))]),
    words: areNamed(cuts) ? 2 : 1,
  };
}

/** Effects per n: mean difference, 95% interval, number of pairs. */
export function effectsTable({ effects: ofPaper, variants, replicates, splits, cuts }: Analysis): Table {
  const effects = [...ofPaper, ...variants];
  const layers = [...new Set(effects.flatMap(({ points }) => points.map(({ n }) => n)))].sort((a, b) => a - b);
  const cell = (point: EffectPoint | undefined) =>
    point
      ? `${signed(point.points)} ×${point.pairs}${intervalMark(point, { replicates, splits })}\n${signedRange(point.interval)}`
      : GAP;
  return {
    title: 'Effects',
    caption: 'Points of top-1: mean difference × number of pairs of networks, and its 95% interval.',
    head: ['n', ...cutHead(cuts), ...effects.map(({ effect, difference }) => `${effect}\n${difference}`)],
    rows: layers.map((n) => [
      ...[String(n), ...cutCells(cuts, n)],
      ...effects.map(({ points }) => cell(points.find((point) => point.n === n))),
    ]),
    words: areNamed(cuts) ? 2 : 1,
  };
}

/** The paper's statements layer by layer: this study's effects, and the paper's own below them. */
export function statementsTable({ answers, targets, replicates, splits, cuts, likePaper }: Analysis): Table {
  const shown = answers.filter(({ byLayer }) => byLayer.length > 0);
  const layers = [...new Set(shown.flatMap(({ byLayer }) => byLayer.map(({ n }) => n)))].sort((a, b) => a - b);
  const signs = ({ shown, excluded }: AnsweredEffect) =>
    `${shown !== null && shown < LEVEL ? ' †' : ''}${excluded !== null && excluded < LEVEL ? ' ‡' : ''}`;
  const own = (point: AnsweredEffect | undefined) =>
    point
      ? `${signed(point.points)} ×${point.replicates}${intervalMark(point, { replicates, splits })}${signs(point)}\n${signedRange(point.interval)}`
      : GAP;
  const theirs = (point: { points: number; interval: Interval } | undefined) =>
    point ? `${signed(point.points)}\n${signedRange(point.interval)}` : GAP;
  return {
    title: 'The paper’s statements, layer by layer',
    caption: `Points of top-1: mean × splits (or seeds of one split), and its 95% interval. †: the effect is established at this n; ‡: an effect of ${MARGIN.toFixed(1)} point or more is excluded. Both are tested only at the n that a statement is about, and corrected for all of them.${likePaper ? ' Below each: the paper’s networks (ImageNet).' : ''}`,
    head: ['Statement', 'Difference', 'Networks', ...layers.map((n) => [`n = ${n}`, ...cutCells(cuts, n)].join('\n'))],
    rows: shown.flatMap(({ title, target, difference, byLayer, paper }) => {
      const about = [targets.length > 1 ? `${title} (trained on ${target})` : title, difference];
      const at = <Point extends { n: number }>(points: readonly Point[], n: number) =>
        points.find((point) => point.n === n);
      return [
        [...about, 'this study', ...layers.map((n) => own(at(byLayer, n)))],
        ...(likePaper ? [[...about, 'the paper', ...layers.map((n) => theirs(at(paper.byLayer, n)))]] : []),
      ];
    }),
    words: 3,
  };
}

/** The network of half B, layer by layer. */
export function networkTable(report: StudyReport): Table {
  const network = resolveNetwork(report.protocol.network, report.splits[0].b.length);
  const totals = countNetwork(network);
  return {
    title: `Network ${network.spec.name}`,
    caption: `${depthOf(network)}, ${count(totals.parameters)} parameters, ${count(totals.flops)} floating point operations per image forward. Shapes are channels × rows × columns${areNamed(network.cuts) ? ', or tokens × values' : ''}.`,
    head: ['n', 'Layer', 'Settings', 'Output', 'Parameters', 'FLOPs'],
    rows: network.layers.map((layer) => [
      String(layer.n),
      layer.name,
      settings(layer, network.layers),
      layer.output.join(' × '),
      count(layer.parameters),
      count(layer.flops),
    ]),
    words: 3,
  };
}

/** What a layer is, and which layers it reads where that is not the one above it in the table. */
function settings({ spec, place, sources }: Layer, layers: readonly Layer[]): string {
  const { type, ...rest } = spec;
  const named = Object.entries(rest).filter(([key]) => key !== 'name' && key !== 'inputs');
  // Numbers come first, then initial weights and learning rates.
  const words = [
    ...named.filter(([, value]) => typeof value !== 'object'),
    ...named.filter(([, value]) => typeof value === 'object'),
  ];
  const read = sources.map((source) => (source < 0 ? 'the images' : lineOf(layers[source], layers)));
  const reads = sources.join() === String(place - 1) ? [] : [`reads ${read.join(' and ')}`];
  return [type, ...words.map(([key, value]) => `${key} ${flat(value)}`), ...reads].join(', ');
}

/** `layer1.0.bn2`; of a name that several layers have, also which line of the table it is: `conv1.slice (line 4)`. */
const lineOf = ({ name, place }: Layer, layers: readonly Layer[]): string =>
  layers.filter((other) => other.name === name).length > 1 ? `${name} (line ${place + 1})` : name;

/** `{"weight":{"kind":"he"},"bias":0}` as `weight he, bias 0` in brackets. */
function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const words = Object.entries(value).map(([key, inner]) => (key === 'kind' ? flat(inner) : `${key} ${flat(inner)}`));
  return `(${words.join(' ')})`;
}

/** What failed, was skipped or has not been trained (yet), and why. */
export function missingTable(report: StudyReport): Table {
  return {
    title: 'Networks without a result',
    caption: 'These networks leave gaps in the curves and are left out of all means.',
    head: ['Network', 'Replicate', 'State', 'Reason'],
    rows: report.runs
      .filter(({ status }) => status !== 'finished')
      .map((run) => [run.name, String(run.replicate + 1), run.status, run.error ?? GAP]),
    words: 4,
  };
}

/** Seconds of each network by part. Work done for several networks at once is divided equally among them. */
export function timeTable({ runs }: StudyReport): Table {
  const timed = runs.flatMap(({ timing, ...run }) => (timing ? [{ ...run, timing }] : []));
  const seconds = (values: readonly (number | undefined)[]) => values.map((value) => (value ?? 0).toFixed(1));
  const total = TRAINING_PARTS.map((part) => timed.reduce((sum, { timing }) => sum + (timing[part] ?? 0), 0));
  return {
    title: 'Where the time went',
    caption:
      'Seconds of one worker: loading and compiling, reading and cropping images, frozen layers that several networks share, the rest of the training steps, evaluation, checkpoints. Work done for several networks at once is divided equally among them.',
    head: ['Network', 'Replicate', 'Load', 'Images', 'Shared layers', 'Training', 'Evaluation', 'Checkpoints'],
    rows: [
      ...timed.map(({ name, replicate, timing }) => [
        name,
        String(replicate + 1),
        ...seconds(TRAINING_PARTS.map((part) => timing[part])),
      ]),
      ...(timed.length > 0 ? [['All', '', ...seconds(total)]] : []),
    ],
    words: 1,
  };
}

/** Every network with its key. */
export function runsTable(report: StudyReport, { cuts }: Pick<Analysis, 'cuts'>): Table {
  const accuracy = ({ correct, total }: ReportedRun) => (correct !== null && total ? inPercent(correct / total) : GAP);
  const balancedOf = ({ answers }: ReportedRun) => (answers ? balancedAccuracy(answers) : null);
  const uneven = report.runs.some((run) => balancedOf(run) !== null);
  const balanced = (run: ReportedRun) => {
    const value = balancedOf(run);
    return value === null ? GAP : inPercent(value);
  };
  return {
    title: 'Every network',
    caption:
      'A key is the SHA-256 of everything that determines a network’s numbers. Its first 16 digits are shown; results.json has all of them. Trained: the number of trained parameters.',
    head: [
      ...['Network', ...cutHead(cuts), 'Replicate', 'Key', 'Seed'],
      ...['Top-1 %', ...(uneven ? ['Balanced %'] : []), 'Loss', 'Trained', 'Steps', 'Time', 'Threads'],
    ],
    rows: report.runs.map((run) => [
      run.name,
      ...cutCells(cuts, run.n),
      String(run.replicate + 1),
      run.key.slice(0, 16),
      run.seed.length > 24 ? `${run.seed.slice(0, 24)}…` : run.seed,
      accuracy(run),
      ...(uneven ? [balanced(run)] : []),
      run.loss === null ? GAP : run.loss.toFixed(3),
      count(run.trained),
      count(run.steps),
      run.seconds > 0 ? duration(run.seconds) : GAP,
      run.threads === null ? GAP : String(run.threads),
    ]),
    words: areNamed(cuts) ? 5 : 4,
  };
}
