import { TRAINING_PARTS, type ReportedRun, type StudyReport } from '../analysis/study-report.ts';
import { balancedAccuracy } from '../results/balance.ts';
import { curveName } from '../../common/treatments/treatments.ts';
import { Columns, type DataTable } from './table.ts';

/** One row per network. */
export function resultsTable(report: StudyReport): DataTable {
  const split = new Map(report.splits.map((reported) => [reported.replicate, reported]));
  return {
    name: 'results',
    title: 'Every network',
    about: 'One row per network: what it is, how it ended, and its accuracy on held-out images.',
    columns: new Columns<ReportedRun>()
      .text('network', ({ name }) => name)
      .text('curve', curveName)
      .text('kind', ({ kind }) => kind)
      .integer('n', ({ n }) => n)
      .text('target', ({ target }) => target)
      // Few target examples; empty: all.
      .integer('images_per_target_class', ({ examples }) => examples)
      .integer('replicate', ({ replicate }) => replicate + 1)
      .integer('split_seed', ({ replicate }) => split.get(replicate)?.splitSeed)
      .integer('training_seed', ({ replicate }) => split.get(replicate)?.trainingSeed)
      .text('status', ({ status }) => status)
      .integer('correct', ({ correct }) => correct)
      .integer('total', ({ total }) => total)
      .number('top1', ({ correct, total }) => (correct !== null && total ? correct / total : null))
      // Empty where classes are of one size, where it is the same, and where answers are not stored.
      .number('balanced', ({ answers }) => answers && balancedAccuracy(answers))
      .number('loss', ({ loss }) => loss)
      .integer('trained_parameters', ({ trained }) => trained)
      .integer('parameters', ({ parameters }) => parameters)
      .integer('steps', ({ steps }) => steps)
      .number('seconds', ({ seconds }) => seconds)
      .text('key', ({ key }) => key)
      .text('error', ({ error }) => error)
      .of(report.runs),
  };
}

/** The rows of every network, with its name and replicate. */
function rowsOf<Row extends object>({ runs }: StudyReport, rows: (run: ReportedRun) => readonly Row[]) {
  return runs.flatMap((run) => rows(run).map((row) => ({ ...row, network: run.name, replicate: run.replicate })));
}

const ofNetwork = <Row extends { network: string; replicate: number }>() =>
  new Columns<Row>().text('network', ({ network }) => network).integer('replicate', ({ replicate }) => replicate + 1);

/** One row per point of a learning curve. */
export function learningTable(report: StudyReport): DataTable {
  const rows = rowsOf(report, ({ curve }) => curve);
  return {
    name: 'learning',
    title: 'Learning curves',
    about: 'One row per point: loss and accuracy on training images, averaged over the steps since the last point.',
    columns: ofNetwork<(typeof rows)[number]>()
      .integer('step', ({ step }) => step)
      .number('loss', ({ loss }) => loss)
      .number('accuracy', ({ accuracy }) => accuracy)
      .number('learning_rate', ({ learningRate }) => learningRate)
      .of(rows),
  };
}

/** One row per evaluation on the held-out images. */
export function evaluationsTable(report: StudyReport): DataTable {
  const rows = rowsOf(report, ({ evaluations }) => evaluations);
  return {
    name: 'evaluations',
    title: 'Evaluations on the way',
    about: 'One row per evaluation: loss and accuracy on held-out images after a step.',
    columns: ofNetwork<(typeof rows)[number]>()
      .integer('step', ({ step }) => step)
      .number('loss', ({ loss }) => loss)
      .integer('correct', ({ correct }) => correct)
      .integer('total', ({ total }) => total)
      .number('top1', ({ correct, total }) => correct / total)
      .of(rows),
  };
}

/** One row per network: where its seconds went. */
export function timesTable(report: StudyReport): DataTable {
  const rows = rowsOf(report, ({ timing }) => (timing ? [{ timing }] : []));
  const columns = ofNetwork<(typeof rows)[number]>();
  for (const part of TRAINING_PARTS) columns.number(part, ({ timing }) => timing[part] ?? 0);
  return {
    name: 'times',
    title: 'Where the time went',
    about: 'One row per network: seconds of one worker by what they were spent on.',
    columns: columns.of(rows),
  };
}
