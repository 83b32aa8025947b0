import type { StoredStudy } from '../../app/stored-study.ts';
import { studySummary } from '../../app/study-summaries.ts';
import { UserError } from '../../errors.ts';
import type { Store } from '../../store/records.ts';
import { analyse } from '../../study/report/analysis.ts';
import { dataTables } from '../../study/data-tables/all.ts';
import { csvOf } from '../../study/data-tables/csv.ts';
import { parquetOf } from '../../study/data-tables/parquet.ts';
import { rowCount } from '../../study/data-tables/table.ts';
import type { TableFormat } from '../../common/choices.ts';
import { baseDifferences } from '../../study/report/base-differences.ts';
import { comparisonsOf } from '../../study/report/comparisons.ts';
import { crossoverSentence } from '../../study/report/crossover-words.ts';
import { examplesTable } from '../../study/report/examples.ts';
import { wordsOf } from '../../study/report/page-view.ts';
import {
  accuracyTable,
  effectsTable,
  missingTable,
  networkTable,
  runsTable,
  statementsTable,
} from '../../study/report/tables.ts';
import { collectResults } from '../../study/results.ts';
import { variantSentences } from '../../study/variants/wording.ts';
import type { StudyResults } from '../contract/studies.ts';

/**
 * Everything that the report says about a study, as data. It is made by the report's own code, so they can't differ.
 */
export async function resultsOf(store: Store, { study, protocol, index }: StoredStudy): Promise<StudyResults> {
  const report = await collectResults(store, study, protocol, index);
  const analysis = analyse(report);
  return {
    study: studySummary(store, study),
    targets: analysis.targets,
    curves: analysis.curves,
    effects: analysis.effects,
    variants: analysis.variants.map((variant) => {
      const { effect, kind, against, difference, target, points } = variant;
      return { effect, kind, against, difference, target, points, text: variantSentences(variant) };
    }),
    examples: analysis.examples.map((curve) => ({
      ...curve,
      sentence: curve.kind === 'base' ? null : crossoverSentence(curve),
    })),
    differences: analysis.targets.flatMap((target) => baseDifferences(target, analysis)),
    comparisons: analysis.targets.flatMap((target) =>
      comparisonsOf(target, report, analysis).map((comparison) => ({ ...comparison, target })),
    ),
    chance: analysis.chance,
    parameters: analysis.parameters,
    ...wordsOf(report, analysis),
    data: dataTables(report, analysis).map(({ name, title, about, ...table }) => {
      return { name, title, about, rows: rowCount(table) };
    }),
    tables: [
      statementsTable(analysis),
      accuracyTable(analysis),
      effectsTable(analysis),
      examplesTable(analysis),
      missingTable(report),
      networkTable(report),
      runsTable(report),
    ].filter(({ rows }) => rows.length > 0),
  };
}

/** One of a study's tables for other programs, as a file. Throws a UserError if there is none of that name. */
export async function tableFile(
  store: Store,
  found: StoredStudy,
  name: string,
  format: TableFormat,
): Promise<Uint8Array> {
  const { study, protocol, index } = found;
  const report = await collectResults(store, study, protocol, index);
  const table = dataTables(report, analyse(report)).find((one) => one.name === name);
  if (!table) throw new UserError(`This study has no table "${name}": it may no longer have any rows.`);
  return format === 'csv' ? new TextEncoder().encode(csvOf(table)) : parquetOf(table);
}
