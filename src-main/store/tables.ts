import type { Database } from 'better-sqlite3';
import { checkpointTable } from './checkpoint-records.ts';
import { curveTable } from './curves.ts';
import { evaluationTable } from './evaluations.ts';
import { imageSetTable } from './image-sets.ts';
import { predictionTable } from './predictions.ts';
import { restoredStudyTables } from './restored-studies.ts';
import { runTable } from './runs.ts';
import { settingTable } from './settings.ts';
import { snapshotTable } from './snapshots.ts';
import { studyTable } from './studies.ts';
import { studyRunTable } from './study-runs.ts';

/** The tables of a store, each with its statements. */
export type Tables = ReturnType<typeof tablesOf>;

/** Removes everything that is recorded of a run's steps after this one. */
export function truncate({ curves, evaluations, snapshots }: Tables, run: string, step: number): void {
  for (const series of [curves, evaluations, snapshots]) series.truncate(run, step);
}

export function tablesOf(database: Database) {
  return {
    imageSets: imageSetTable(database),
    studies: studyTable(database),
    runs: runTable(database),
    studyRuns: studyRunTable(database),
    checkpoints: checkpointTable(database),
    curves: curveTable(database),
    evaluations: evaluationTable(database),
    snapshots: snapshotTable(database),
    predictions: predictionTable(database),
    restored: restoredStudyTables(database),
    settings: settingTable(database),
  };
}
