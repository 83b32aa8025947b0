import type { Database } from 'better-sqlite3';
import type { CheckpointRecord, FinishedRun, RestoredRun, RestoredStudy, Snapshot } from '../records.ts';
import { annotationTable } from './annotations.ts';
import { answerTable } from './answers.ts';
import { binTable } from './bin.ts';
import { curveTable, evaluationTable, layerQualityTable, snapshotTable } from './curves.ts';
import { checkpointTable, runTable } from './runs.ts';
import {
  imageSetTable,
  placeTable,
  predictionTable,
  restoredStudyTables,
  settingTable,
  studyRunTable,
  studyTable,
} from './studies.ts';

/** The tables of a store, each with its statements. */
export type Tables = ReturnType<typeof tablesOf>;

/** Removes everything that is recorded of a run's steps after this one. */
export function truncate(tables: Tables, run: string, step: number): void {
  const { curves, evaluations, snapshots, layerQualities, answers } = tables;
  for (const series of [curves, evaluations, snapshots, layerQualities, answers]) series.truncate(run, step);
}

/** In place of an earlier one of the same step. */
export function putSnapshot({ snapshots, layerQualities }: Tables, run: string, snapshot: Snapshot): void {
  snapshots.put(run, snapshot);
  layerQualities.put(run, snapshot.step, snapshot.layers);
}

export function tablesOf(database: Database) {
  return {
    imageSets: imageSetTable(database),
    studies: studyTable(database),
    annotations: annotationTable(database),
    bin: binTable(database),
    runs: runTable(database),
    studyRuns: studyRunTable(database),
    checkpoints: checkpointTable(database),
    curves: curveTable(database),
    evaluations: evaluationTable(database),
    snapshots: snapshotTable(database),
    layerQualities: layerQualityTable(database),
    answers: answerTable(database),
    places: placeTable(database),
    predictions: predictionTable(database),
    restored: restoredStudyTables(database),
    settings: settingTable(database),
  };
}

/**
 * Stores all of a training that was done elsewhere. Called within a transaction. Returns the checkpoints that the store has
 * forgotten; undefined, and nothing changes, where the run is finished.
 */
export function finishRun(tables: Tables, key: string, finished: FinishedRun): CheckpointRecord[] | undefined {
  const { result, curve, evaluations, snapshots, answers, checkpoint, place } = finished;
  const before = tables.runs.get(key);
  if (before?.status === 'finished') return undefined;
  if (before?.status !== 'running') tables.runs.update(key, { status: 'running' });
  truncate(tables, key, -1);
  for (const point of curve) tables.curves.put(key, point);
  for (const point of evaluations) tables.evaluations.put(key, point);
  for (const snapshot of snapshots) putSnapshot(tables, key, snapshot);
  if (answers) tables.answers.put(key, checkpoint.step, answers);
  tables.places.put(key, place);
  const forgotten = tables.checkpoints.replace(checkpoint);
  tables.runs.update(key, { ...result, status: 'finished', step: checkpoint.step, error: null });
  return forgotten;
}

/**
 * Stores a run from a study's file. Called within a transaction. Returns the checkpoints that the store has forgotten.
 */
export function restoreRun(tables: Tables, restored: RestoredRun): CheckpointRecord[] {
  const { record, curve, evaluations, snapshots, answers, checkpoint } = restored;
  tables.runs.put(record);
  truncate(tables, record.key, -1);
  for (const point of curve) tables.curves.put(record.key, point);
  for (const point of evaluations) tables.evaluations.put(record.key, point);
  for (const snapshot of snapshots) putSnapshot(tables, record.key, snapshot);
  if (answers) tables.answers.put(record.key, record.step, answers);
  return checkpoint ? tables.checkpoints.replace(checkpoint) : tables.checkpoints.remove(record.key);
}

/** Stores a study from a file, after its runs. Called within a transaction. Returns the forgotten checkpoints. */
export function restoreStudy(tables: Tables, restored: RestoredStudy): CheckpointRecord[] {
  const { record, places, checkpoints, images, origin, annotation, predictions } = restored;
  const find = () => tables.studies.all().find(({ id }) => id === record.id);
  const known = find() !== undefined;
  tables.studies.add(record);
  tables.bin.take('study', record.id);
  for (const place of places) tables.studyRuns.add(place);
  tables.restored.putImages((JSON.parse(images) as { id: string }).id, images);
  if (!known) {
    tables.restored.putOrigin(record.id, origin);
    tables.annotations.put(record.id, annotation);
  }
  for (const { source, own, facts } of predictions) tables.predictions.put(source, own, facts);
  // The runs of the file and those that were here may be complete only together, so the status follows from all of
  // them.
  const runs = places.map(({ run }) => tables.runs.get(run)!);
  const whole = runs.every(({ status }) => status === 'finished');
  const { status, finished } = find()!;
  if (whole && status !== 'finished') {
    const last = runs
      .map((run) => run.finished ?? '')
      .sort()
      .at(-1);
    tables.studies.update(record.id, { status: 'finished', finished: finished ?? record.finished ?? last });
  } else if (!whole && status === 'finished') tables.studies.update(record.id, { status: 'stopped' });
  return checkpoints.flatMap((checkpoint) => tables.checkpoints.replace(checkpoint));
}
