import type { StoredStudy } from '../../app/stored-study.ts';
import { studySummary } from '../../app/study-summaries.ts';
import type { Store } from '../../store/records.ts';
import { analyse } from '../../study/report/analysis.ts';
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
import type { StudyResults } from '../contract/studies.ts';

/** Everything that the report says of a study, as data; by the report's own code, so that they can't differ. */
export async function resultsOf(store: Store, { study, protocol, index }: StoredStudy): Promise<StudyResults> {
  const report = await collectResults(store, study, protocol, index);
  const analysis = analyse(report);
  return {
    study: studySummary(store, study),
    targets: analysis.targets,
    curves: analysis.curves,
    effects: analysis.effects,
    examples: analysis.examples.map((curve) => ({
      ...curve,
      sentence: curve.kind === 'base' ? null : crossoverSentence(curve),
    })),
    differences: analysis.targets.flatMap((target) => baseDifferences(target, analysis)),
    comparisons: analysis.targets.flatMap((target) =>
      comparisonsOf(target, report, analysis).map((comparison) => ({ ...comparison, target })),
    ),
    chance: analysis.chance,
    ...wordsOf(report, analysis),
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
