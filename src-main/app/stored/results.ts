import type { StudyResults } from '../../common/contract/studies.ts';
import type { Store } from '../../store/records.ts';
import { analyse, type Analysis } from '../../study/analysis/analysis.ts';
import { collectResults } from '../../study/analysis/collect-report.ts';
import { baseDifferences, comparisonsOf } from '../../study/analysis/comparisons.ts';
import { pairsOf } from '../../study/results/effects.ts';
import type { StudyReport } from '../../study/analysis/study-report.ts';
import { dataTables } from '../../study/data-tables/all.ts';
import { LAYER_LOOKS } from '../../study/data-tables/features.ts';
import { rowCount } from '../../study/data-tables/table.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import { confusionTables } from '../../study/report/confusion.ts';
import { crossoverSentence } from '../../study/report/crossover-words.ts';
import { examplesTable } from '../../study/report/examples.ts';
import { wordsOf } from '../../study/report/page-view.ts';
import { publishedTables } from '../../study/report/published.ts';
import {
  accuracyTable,
  effectsTable,
  missingTable,
  networkTable,
  runsTable,
  statementsTable,
} from '../../study/report/tables.ts';
import { variantSentences } from '../../study/statements/variants.ts';
import { replicateSeconds } from '../extend-study.ts';
import type { Home } from '../opened-home.ts';
import { keepResults, keptResults, resultsKey } from './kept-results.ts';
import { findStoredStudy, type StoredStudy, studySummary } from './study.ts';

/**
 * What the window shows of a study. A study whose trainings are all finished is worked out once and kept (kept-results.ts): on a busy
 * machine that takes seconds.
 */
export async function resultsOf({ home, store }: Home, found: StoredStudy): Promise<StudyResults> {
  const key = await resultsKey(store, found);
  const kept = key === undefined ? undefined : keptResults(home, found.study.id, key);
  const results = kept ?? (await workOut(store, found));
  if (key !== undefined && !kept) keepResults(home, found.study.id, key, results);
  // What is written beside a study decides nothing.
  return { ...results, study: studySummary(store, found.study) };
}

/**
 * Everything that the report says about a study, as data. It is made by the report's own code, so they can't differ.
 */
async function workOut(store: Store, found: StoredStudy): Promise<StudyResults> {
  const { study, protocol, index, record } = found;
  const report = await collectResults(store, study, protocol, index);
  const analysis = analyse(report);
  return {
    study: studySummary(store, study),
    targets: analysis.targets,
    curves: analysis.curves,
    effects: analysis.effects,
    variants: analysis.variants.map((variant) => {
      const { effect, kind, against, difference, target, points } = variant;
      return { effect, kind, against, difference, target, points, text: variantSentences(variant, analysis.cuts) };
    }),
    examples: analysis.examples.map((curve) => ({
      ...curve,
      sentence: curve.kind === 'base' ? null : crossoverSentence(curve),
    })),
    differences: analysis.targets.flatMap((target) => baseDifferences(target, analysis)),
    comparisons: analysis.targets.flatMap((target) =>
      comparisonsOf(target, report, analysis).map((comparison) => ({ ...comparison, target })),
    ),
    confusions: analysis.confusions,
    chance: analysis.chance,
    cuts: analysis.cuts,
    parameters: analysis.parameters,
    ...wordsOf(report, analysis),
    data: [
      ...dataTables(report, analysis).map(({ name, title, about, ...table }) => {
        return { name, title, about, rows: rowCount(table) };
      }),
      ...(haveLooks(store, report, analysis) ? [{ ...LAYER_LOOKS, rows: null }] : []),
    ],
    tables: [
      statementsTable(analysis),
      accuracyTable(analysis),
      effectsTable(analysis),
      examplesTable(analysis),
      ...confusionTables(analysis.confusions),
      ...publishedTables(protocol),
      missingTable(report),
      networkTable(report),
      runsTable(report, analysis),
    ].filter(({ rows }) => rows.length > 0),
    goOn: record ? goOnWith(store, study.id, protocol, analysis.answers) : null,
  };
}

/** Whether some layer has AnB, BnB and the weights of both bases. */
function haveLooks(store: Store, { runs }: StudyReport, { results }: Analysis): boolean {
  const replicates = pairsOf(results, 'transfer', 'selffer').map(({ replicate }) => replicate);
  return replicates.some((replicate) => {
    const bases = runs.filter(
      ({ kind, examples, ...run }) => kind === 'base' && !examples && run.replicate === replicate,
    );
    return bases.length === 2 && bases.every(({ key }) => store.latestCheckpoint(key)?.final);
  });
}

/** Works a study out that has just ended, so that nobody waits for it who looks. */
export async function workOutAhead(home: Home, study: string): Promise<void> {
  const found = findStoredStudy(home, study);
  if ((await resultsKey(home.store, found)) !== undefined) await resultsOf(home, found);
}

/** Replicates that show how much seeds and splits matter. */
const USUAL = 3;
/** More than this at once nobody waits for. */
const MOST_MORE = 8;

/** How to go on: with as many replicates as make three, else as settle the next statement. */
function goOnWith(store: Store, study: string, protocol: Protocol, answers: Analysis['answers']): StudyResults['goOn'] {
  const there = protocol.replicates.length;
  const settling = answers.flatMap(({ moreSeeds }) => moreSeeds ?? []);
  const more = there < USUAL ? USUAL - there : Math.min(MOST_MORE, ...(settling.length > 0 ? settling : [2]));
  const each = replicateSeconds(store, study, protocol);
  return { replicates: more, seconds: each === null ? null : more * each };
}
