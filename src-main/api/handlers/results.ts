import type { StoredStudy } from '../../app/stored-study.ts';
import { studySummary } from '../../app/study-summaries.ts';
import type { Store } from '../../store/records.ts';
import { analyse } from '../../study/report/analysis.ts';
import { baseDifferences } from '../../study/report/base-differences.ts';
import { baseFindings } from '../../study/report/base-findings.ts';
import { caveats } from '../../study/report/caveats.ts';
import { comparisonsOf } from '../../study/report/comparisons.ts';
import { methodsParagraph } from '../../study/report/methods.ts';
import { shownAnswers } from '../../study/report/page-view.ts';
import { protocolFacts } from '../../study/report/protocol-facts.ts';
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
    differences: analysis.targets.flatMap((target) => baseDifferences(target, analysis)),
    comparisons: analysis.targets.flatMap((target) =>
      comparisonsOf(target, report, analysis).map((comparison) => ({ ...comparison, target })),
    ),
    chance: analysis.chance,
    bases: baseFindings(analysis),
    answers: shownAnswers(analysis),
    caveats: caveats(report, analysis),
    tables: [
      statementsTable(analysis),
      accuracyTable(analysis),
      effectsTable(analysis),
      missingTable(report),
      networkTable(report),
      runsTable(report),
    ].filter(({ rows }) => rows.length > 0),
    methods: methodsParagraph(report),
    protocol: protocolFacts(report),
    splits: report.splits,
    command: report.command,
  };
}
