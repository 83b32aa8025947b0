import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { UserError } from '../errors.ts';
import { openDatabase, type OpenOptions, storeError } from './database.ts';
import type * as records from './records.ts';
import type { Tensor } from './safetensors.ts';
import type { RunChange } from './tables/runs.ts';
import type { StudyChange } from './tables/studies.ts';
import { finishRun, putSnapshot, restoreRun, restoreStudy, type Tables, tablesOf, truncate } from './tables/tables.ts';
import type { CurvePoint, EvaluationPoint, HeldOutAnswers } from '../common/results/accuracy.ts';
import type { RunStatus } from '../common/run-state.ts';

/**
 * Opens the store of a home folder, creates it if it is missing, and brings it to this program's version. With
 * `readOnly` it never writes, needs no lock and sees what is committed; a store that was never written to is empty. A
 * store of an older version is copied before it is changed, and `onBackup` is called with the copy.
 *
 * Throws a UserError and leaves the file as it is if it is damaged, another program's, from a newer version, or can't
 * be read or written. Every method throws one if the disk is full or fails.
 */
export function openStore(file: string, options: OpenOptions = {}): records.Store {
  const path = resolve(file);
  const database = openDatabase(path, options);
  try {
    return new SqliteStore(path, database, options);
  } catch (error) {
    database.close();
    throw storeError(path, error, { opening: true });
  }
}

/** The tables as one store. Each writing method is one transaction, and every error is translated by storeError. */
export class SqliteStore implements records.Store {
  readonly #file: string;
  readonly #database: Database;
  readonly #tables: Tables;

  /** Identifies the file that is open. */
  readonly #opened: string | undefined;
  /** Whether no process runs anything, though the store says so: the last one could not write its end. */
  #interrupted: boolean;

  constructor(file: string, database: Database, { interrupted = false }: OpenOptions = {}) {
    this.#file = file;
    this.#opened = identityOf(file);
    this.#interrupted = interrupted;
    this.#database = database;
    this.#tables = tablesOf(database);
  }

  #read<T>(work: (tables: Tables) => T): T {
    try {
      return work(this.#tables);
    } catch (error) {
      throw storeError(this.#file, error);
    }
  }

  /** Does all of the work or nothing. "Immediate" takes the write lock at the start instead of failing half-way. */
  #write<T>(work: (tables: Tables) => T): T {
    return this.#read((tables) => this.#database.transaction(() => work(tables)).immediate());
  }

  /**
   * As `#write`, but not synced: what a power cut undoes of it, the training tells again when it goes on from its last checkpoint,
   * whose commit syncs all before it. A training of seconds would wait for the drive as long as it computes.
   */
  #append(work: (tables: Tables) => void): void {
    const sync = (level: 'NORMAL' | 'FULL') => this.#read(() => this.#database.pragma(`synchronous = ${level}`));
    sync('NORMAL');
    try {
      this.#write(work);
    } finally {
      sync('FULL');
    }
  }

  addImageSet(record: records.ImageSetRecord): void {
    this.#write(({ imageSets, bin }) => {
      imageSets.put(record);
      bin.take('images', record.id);
    });
  }

  imageSets(): records.ImageSetRecord[] {
    return this.#imageSets((id, deleted) => !deleted.has(id));
  }

  #imageSets(isWanted: (id: string, deleted: ReadonlySet<string>) => boolean): records.ImageSetRecord[] {
    return this.#read(({ imageSets, bin }) => {
      const deleted = bin.of('images');
      return imageSets.all().filter(({ id }) => isWanted(id, deleted));
    });
  }

  findImageSet(reference: string): records.ImageSetRecord | undefined {
    return findNamed('image sets', this.imageSets(), reference);
  }

  removeImageSet(id: string): void {
    this.#write(({ imageSets, bin }) => {
      imageSets.remove(id);
      bin.take('images', id);
    });
  }

  addStudy(record: records.StudyRecord, runs: Parameters<records.Store['addStudy']>[1]): void {
    this.#write((tables) => {
      tables.studies.add(record);
      tables.bin.take('study', record.id);
      for (const { run, place } of runs) {
        tables.runs.add(run);
        tables.studyRuns.add({ ...place, study: record.id, run: run.key });
      }
    });
  }

  studies(): records.StudyRecord[] {
    return this.#studies((id, deleted) => !deleted.has(id));
  }

  #studies(isWanted: (id: string, deleted: ReadonlySet<string>) => boolean): records.StudyRecord[] {
    return this.#read(({ studies, bin }) => {
      const deleted = bin.of('study');
      return studies.all().flatMap((study) => (isWanted(study.id, deleted) ? [this.#asItIs(study)] : []));
    });
  }

  /** A record whose status is true also where it could not be written. */
  #asItIs<T extends { readonly status: RunStatus }>(record: T): T {
    return this.#interrupted && record.status === 'running' ? { ...record, status: 'stopped' } : record;
  }

  findStudy(reference: string): records.StudyRecord | undefined {
    return findNamed('studies', this.studies(), reference);
  }

  stopInterrupted(): void {
    this.#interrupted = true;
    this.#write(({ studies, runs }) => {
      studies.stopRunning();
      runs.stopRunning();
    });
    this.#interrupted = false;
  }

  updateStudy(id: string, change: StudyChange): void {
    if (change.status === 'running' && this.#interrupted) this.stopInterrupted();
    this.#write(({ studies }) => studies.update(id, change));
  }

  bin(): records.Binned[] {
    return this.#read(({ bin }) => bin.all());
  }

  deletedStudies(): records.StudyRecord[] {
    return this.#studies((id, deleted) => deleted.has(id));
  }

  deletedImageSets(): records.ImageSetRecord[] {
    return this.#imageSets((id, deleted) => deleted.has(id));
  }

  putInBin(binned: records.Binned): void {
    this.#write(({ studies, imageSets, bin }) => {
      const all = binned.kind === 'study' ? studies.all() : imageSets.all();
      if (!all.some(({ id }) => id === binned.id)) throw new Error(`no ${binned.kind} ${binned.id}`);
      bin.put(binned);
    });
  }

  takeFromBin(things: readonly Omit<records.Binned, 'deleted'>[]): void {
    this.#write(({ bin }) => things.forEach(({ kind, id }) => bin.take(kind, id)));
  }

  annotation(study: string): records.Annotation {
    return this.#read(({ annotations }) => annotations.of(study));
  }

  annotateStudy(id: string, { name, ...change }: Parameters<records.Store['annotateStudy']>[1]): void {
    this.#write(({ studies, annotations }) => {
      if (name !== undefined) studies.rename(id, name);
      annotations.put(id, { ...annotations.of(id), ...withoutAbsent(change) });
    });
  }

  removeStudy(id: string): void {
    this.#write(({ studies, studyRuns, restored, bin }) => {
      bin.take('study', id);
      studyRuns.remove(id);
      restored.removeOrigin(id);
      studies.remove(id);
      restored.removeUnusedImages();
    });
  }

  studyRuns(study: string): (records.StudyRunRecord & { record: records.RunRecord })[] {
    // This is one transaction, so that all runs are read as of the same moment while another process writes.
    return this.#read(({ studyRuns, runs }) =>
      this.#database.transaction(() =>
        studyRuns.of(study).map((place) => ({ ...place, record: this.#asItIs(runs.get(place.run)!) })),
      )(),
    );
  }

  findRun(reference: string): records.RunRecord | undefined {
    return this.#read(({ runs }) => {
      const exact = runs.get(reference);
      if (exact || reference === '') return exact && this.#asItIs(exact);
      const candidates = runs.startingWith(reference).map((record) => ({
        id: record.key,
        record: this.#asItIs(record),
      }));
      return findNamed('runs', candidates, reference)?.record;
    });
  }

  updateRun(key: string, change: RunChange): void {
    this.#write(({ runs }) => runs.update(key, change));
  }

  forgetRun(key: string): void {
    this.#write((tables) => {
      tables.runs.forget(key);
      tables.checkpoints.remove(key);
      tables.places.remove(key);
      truncate(tables, key, -1);
    });
  }

  finishRun(key: string, finished: records.FinishedRun): records.CheckpointRecord[] | undefined {
    return this.#write((tables) => finishRun(tables, key, finished));
  }

  place(run: string): string | undefined {
    return this.#read(({ places }) => places.get(run));
  }

  unusedRuns(): string[] {
    return this.#read(({ runs }) => runs.unused());
  }

  removeRun(key: string): records.CheckpointRecord[] {
    return this.#write((tables) => {
      const study = tables.studyRuns.withRun(key);
      if (study !== undefined) throw new Error(`run ${key} is part of study ${study}`);
      const forgotten = tables.checkpoints.remove(key);
      truncate(tables, key, -1);
      tables.predictions.remove(key);
      tables.places.remove(key);
      tables.runs.remove(key);
      return forgotten;
    });
  }

  addCheckpoint(checkpoint: records.CheckpointRecord): records.CheckpointRecord[] {
    return this.#write(({ runs, checkpoints }) => {
      runs.update(checkpoint.run, { step: checkpoint.step });
      return checkpoints.replace(checkpoint);
    });
  }

  removeCheckpoint(run: string): records.CheckpointRecord[] {
    return this.#write(({ checkpoints }) => checkpoints.remove(run));
  }

  latestCheckpoint(run: string): records.CheckpointRecord | undefined {
    return this.#read(({ checkpoints }) => checkpoints.of(run));
  }

  checkpoints(): records.CheckpointRecord[] {
    return this.#read(({ checkpoints }) => checkpoints.all());
  }

  addCurvePoints(run: string, points: readonly CurvePoint[]): void {
    this.#append(({ curves }) => points.forEach((point) => curves.put(run, point)));
  }

  truncateCurves(run: string, step: number): void {
    this.#write((tables) => truncate(tables, run, step));
  }

  curve(run: string): CurvePoint[] {
    return this.#read(({ curves }) => curves.of(run));
  }

  curveEnd(run: string): number | undefined {
    return this.#read(({ curves }) => curves.last(run));
  }

  addEvaluation(run: string, point: EvaluationPoint): void {
    this.#append(({ evaluations }) => evaluations.put(run, point));
  }

  evaluations(run: string): EvaluationPoint[] {
    return this.#read(({ evaluations }) => evaluations.of(run));
  }

  setAnswers(run: string, step: number, answers: HeldOutAnswers): void {
    this.#append((tables) => tables.answers.put(run, step, answers));
  }

  answers(run: string): HeldOutAnswers | undefined {
    return this.#read((tables) => tables.answers.of(run));
  }

  addSnapshot(run: string, snapshot: records.Snapshot): void {
    this.#append((tables) => putSnapshot(tables, run, snapshot));
  }

  snapshots(run: string): { step: number }[] {
    return this.#read(({ snapshots }) => snapshots.of(run));
  }

  snapshot(run: string, step: number): Tensor | undefined {
    return this.#read(({ snapshots }) => snapshots.get(run, step));
  }

  layerQualities(run: string): records.LayersAtStep[] {
    return this.#read(({ layerQualities }) => layerQualities.of(run));
  }

  prediction(source: string, own: string): string | undefined {
    return this.#read(({ predictions }) => predictions.get(source, own));
  }

  setPrediction(source: string, own: string, facts: string): void {
    this.#write(({ predictions }) => predictions.put(source, own, facts));
  }

  knownImages(id: string): string | undefined {
    return this.#read(({ restored }) => restored.images(id));
  }

  setKnownImages(id: string, facts: string): void {
    this.#write(({ restored }) => restored.putImages(id, facts));
  }

  studyOrigin(study: string): string | undefined {
    return this.#read(({ restored }) => restored.origin(study));
  }

  setStudyOrigin(study: string, facts: string): void {
    this.#write(({ restored }) => restored.putOrigin(study, facts));
  }

  restoreRuns(runs: Iterable<records.RestoredRun>, study?: records.RestoredStudy): records.CheckpointRecord[] {
    return this.#write((tables) => {
      const forgotten: records.CheckpointRecord[] = [];
      for (const run of runs) forgotten.push(...restoreRun(tables, run));
      if (study) forgotten.push(...restoreStudy(tables, study));
      return forgotten;
    });
  }

  setting(key: string): string | undefined {
    return this.#read(({ settings }) => settings.get(key));
  }

  setSetting(key: string, value: string): void {
    this.#write(({ settings }) => settings.put(key, value));
  }

  isInPlace(): boolean {
    return identityOf(this.#file) === this.#opened;
  }

  close(): void {
    this.#database.close();
  }
}

const withoutAbsent = <T extends object>(change: T): Partial<T> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Device and inode of a file; undefined where there is none. */
function identityOf(file: string): string | undefined {
  const status = statSync(file, { bigint: true, throwIfNoEntry: false });
  return status && `${status.dev} ${status.ino}`;
}

/** Something that a user refers to by its id or its name. */
interface Named {
  readonly id: string;
  readonly name?: string;
}

/**
 * Finds what a reference means: the thing with exactly this id, else the newest of exactly this name, else the one
 * whose id starts with it. Throws a UserError that lists the candidates if several ids do. Undefined if there is none.
 *
 * @param things oldest first
 */
function findNamed<T extends Named>(kind: string, things: readonly T[], reference: string): T | undefined {
  if (reference === '') return undefined;
  const exact = things.find(({ id }) => id === reference) ?? things.findLast(({ name }) => name === reference);
  if (exact) return exact;
  const candidates = things.filter(({ id }) => id.startsWith(reference));
  if (candidates.length > 1) throw ambiguous(kind, reference, candidates);
  return candidates.at(0);
}

const LISTED = 8;

function ambiguous(kind: string, reference: string, candidates: readonly Named[]): UserError {
  const listed = candidates.slice(0, LISTED).map(({ id, name }) => (name === undefined ? id : `${id} (${name})`));
  const more = candidates.length > LISTED ? ` and ${candidates.length - LISTED} more` : '';
  return new UserError(
    `"${reference}" could be any of ${candidates.length} ${kind}: ${listed.join(', ')}${more}. Give more of the id.`,
    { usage: true },
  );
}
