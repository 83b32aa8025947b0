import type { Analysis } from '../analysis/analysis.ts';
import type { FirstLayers } from '../analysis/first-layer.ts';
import type { LookTransfer } from '../analysis/look-transfer.ts';
import type { StudyReport } from '../analysis/study-report.ts';
import {
  accuraciesTable,
  confusionDataTable,
  differencesTable,
  effectsDataTable,
  examplesDataTable,
  statementsDataTable,
  variantsDataTable,
} from './results.ts';
import { filterKindsDataTable, filtersTable, layerLooksTable, layersTable } from './features.ts';
import { evaluationsTable, learningTable, resultsTable, timesTable } from './networks.ts';
import { predictorCorrelationsTable, predictorsTable } from './predictors.ts';
import { Columns, rowCount, withCutNames, type DataTable } from './table.ts';

/**
 * All tables of a study, for programs. The first two are always there; the others only if they have rows.
 *
 * @param filters absent: filters are left out, and how layers look
 */
export function dataTables(
  report: StudyReport,
  analysis: Analysis,
  { firstLayers, looks }: { readonly firstLayers?: FirstLayers; readonly looks?: LookTransfer } = {},
): DataTable[] {
  const more = [
    accuraciesTable(analysis),
    effectsDataTable(analysis),
    variantsDataTable(analysis),
    differencesTable(analysis),
    examplesDataTable(analysis),
    confusionDataTable(analysis),
    learningTable(report),
    evaluationsTable(report),
    timesTable(report),
    classesTable(report),
    ...(report.predictors ? [predictorsTable(report.predictors), predictorCorrelationsTable(report.predictors)] : []),
    ...(report.layers ? [layersTable(report.layers)] : []),
    ...(firstLayers ? [filtersTable(firstLayers), filterKindsDataTable(firstLayers)] : []),
    ...(looks ? [layerLooksTable(looks)] : []),
  ];
  const tables = [resultsTable(report), statementsDataTable(analysis), ...more.filter((table) => rowCount(table) > 0)];
  return tables.map((table) => withCutNames(table, analysis.cuts));
}

/** One row per class of a half. */
function classesTable({ splits }: StudyReport): DataTable {
  const rows = splits.flatMap(({ replicate, a, b }) =>
    [a, b].flatMap((classes, half) => classes.map((name, label) => ({ replicate, half: 'AB'[half], label, name }))),
  );
  return {
    name: 'classes',
    title: 'Classes of the halves',
    about:
      'One row per class: the half that it is in, and its label there, which is the index of the network’s output.',
    columns: new Columns<(typeof rows)[number]>()
      .integer('replicate', ({ replicate }) => replicate + 1)
      .text('half', ({ half }) => half)
      .integer('label', ({ label }) => label)
      .text('class', ({ name }) => name)
      .of(rows),
  };
}
