import type { CurvePoint, EvaluationPoint, HeldOutAnswers } from '../common/results/accuracy.ts';
import type { LayerQualities } from '../common/results/layer-quality.ts';
import type { RunStatus, StudyStatus } from '../common/run-state.ts';
import type { Tensor } from './safetensors.ts';

/**
 * The rows of the store as the rest of the program sees them. A run's key is the SHA-256 of everything that decides its
 * numbers (data, classes, network, hyper-parameters, treatment, source run, seed, engine), so equal runs of two studies
 * are one run.
 */
export interface ImageSetRecord {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly classes: number;
  readonly trainImages: number;
  readonly heldOutImages: number;
  /** Folder name below `<home>/data`. */
  readonly folder: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export interface StudyRecord {
  readonly id: string;
  readonly name: string;
  /** JSON of the protocol (study/plan/protocol.ts). */
  readonly protocol: string;
  readonly status: StudyStatus;
  readonly created: string;
  readonly finished: string | null;
  /** Seconds of wall time that were spent on it, over all sessions. */
  readonly seconds: number;
}

export type BinKind = 'study' | 'images';

/** Something that was deleted and can be brought back. */
export interface Binned {
  readonly kind: BinKind;
  readonly id: string;
  /** ISO 8601, UTC. Empty: its files are being removed. */
  readonly deleted: string;
}

/** What a person has written beside a study: no part of its protocol, its id or its numbers. */
export interface Annotation {
  readonly notes: string;
  readonly tags: readonly string[];
  /** Hidden from lists until it is asked for. */
  readonly archived: boolean;
}

export interface RunRecord {
  readonly key: string;
  /** JSON of what the key is a hash of (study/plan/run-record.ts). */
  readonly identity: string;
  readonly seed: string;
  readonly status: RunStatus;
  readonly steps: number;
  /** The last step with a stored checkpoint; 0 if there is none. */
  readonly step: number;
  readonly correct: number | null;
  readonly total: number | null;
  readonly loss: number | null;
  /** Why it failed. */
  readonly error: string | null;
  readonly engineVersion: string | null;
  readonly threads: number | null;
  readonly started: string | null;
  readonly finished: string | null;
  /** Seconds of training, over all attempts. Work that was done for several runs at once is divided among them. */
  readonly seconds: number;
  /** JSON: seconds by part (`TrainingSeconds`), over all attempts. */
  readonly timing: string | null;
  readonly attempts: number;
}

/** A run's place in a study. */
export interface StudyRunRecord {
  readonly study: string;
  readonly run: string;
  readonly replicate: number;
  /** `baseB`, `A3B+` ... */
  readonly name: string;
  readonly kind: string;
  readonly n: number;
  readonly target: 'A' | 'B';
}

export interface CheckpointRecord {
  readonly run: string;
  readonly step: number;
  /** Relative to the home folder, with forward slashes. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly final: boolean;
}

/** The first layer's filters [filters, channels, rows, columns] as they were after a step. */
export interface Snapshot {
  readonly step: number;
  readonly weight: Tensor;
  /** Numbers about every layer at the same step; absent but in bases, and in those of older programs. */
  readonly layers?: LayerQualities;
}

export interface LayersAtStep {
  readonly step: number;
  readonly layers: LayerQualities;
}

/** A training that was done elsewhere, with everything recorded about it. */
export interface FinishedRun {
  readonly result: Pick<
    RunRecord,
    'correct' | 'total' | 'loss' | 'engineVersion' | 'threads' | 'started' | 'finished'
  > &
    Pick<RunRecord, 'seconds' | 'timing' | 'attempts'>;
  readonly curve: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly snapshots: readonly Snapshot[];
  readonly answers?: HeldOutAnswers;
  readonly checkpoint: CheckpointRecord;
  /** JSON of where it was done. */
  readonly place: string;
}

/** A training from a study's file, with everything recorded about it. It replaces what is stored. */
export interface RestoredRun {
  readonly record: RunRecord;
  readonly curve: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly snapshots: readonly Snapshot[];
  readonly answers?: HeldOutAnswers;
  readonly checkpoint?: CheckpointRecord;
}

/** A study from a file. All its runs must be stored already. */
export interface RestoredStudy {
  readonly record: StudyRecord;
  readonly places: readonly StudyRunRecord[];
  /** Checkpoints of runs that were finished here but had lost theirs. */
  readonly checkpoints: readonly CheckpointRecord[];
  /** JSON of what is known about its images. */
  readonly images: string;
  /** JSON of where it was trained. */
  readonly origin: string;
  readonly annotation: Annotation;
  /** The arguments of `setPrediction`. */
  readonly predictions: readonly { readonly source: string; readonly own: string; readonly facts: string }[];
}

/**
 * The store, as the study, the command line and the window use it. It is synchronous, and every write is a transaction.
 */
export interface Store {
  /**
   * Adds a set. The id is a hash of the content, so a set that is there already takes the new name and source; if it was
   * deleted, it is brought back.
   */
  addImageSet(record: ImageSetRecord): void;
  /** All image sets but deleted ones, the oldest first. */
  imageSets(): ImageSetRecord[];
  /**
   * Finds a set by id, by name (the newest of that name) or by the beginning of an id. Like the other find methods, it
   * throws a UserError that lists the candidates if several ids begin so.
   */
  findImageSet(reference: string): ImageSetRecord | undefined;
  /** Removes a set from the store. The caller deletes its folder. */
  removeImageSet(id: string): void;

  /**
   * Adds the study, the runs that are missing, and their places in it. Stored runs of the same key, of this study or
   * another, are reused as they are. A stored study of the same id stays as it is; if it was deleted, it is brought back.
   */
  addStudy(record: StudyRecord, runs: readonly { run: NewRun; place: Omit<StudyRunRecord, 'study' | 'run'> }[]): void;
  /** All studies but deleted ones, the oldest first. */
  studies(): StudyRecord[];
  /** Finds a study by id, by name (the newest of that name) or by the beginning of an id. */
  findStudy(reference: string): StudyRecord | undefined;
  /**
   * Changes the status of running studies and runs to `stopped`. Whoever has just locked the home folder calls this, as
   * no process can be running them then.
   */
  stopInterrupted(): void;
  updateStudy(id: string, change: { status: StudyStatus; finished?: string; addSeconds?: number }): void;
  /** What was deleted and can be brought back, the oldest first. Its rows and files are where they were. */
  bin(): Binned[];
  deletedStudies(): StudyRecord[];
  deletedImageSets(): ImageSetRecord[];
  /** Puts a study or an image set into the bin, which hides it from everything else. Throws if there is none of this id. */
  putInBin(binned: Binned): void;
  /** Takes out all of these that are in it. */
  takeFromBin(things: readonly Omit<Binned, 'deleted'>[]): void;

  /** What is written beside a study; nothing and no tags where nobody wrote anything. */
  annotation(study: string): Annotation;
  /** Changes what is written beside a study, and the name that it is shown by. What is absent stays. */
  annotateStudy(id: string, change: Partial<Annotation> & { name?: string }): void;
  /**
   * Removes the study and its runs' places in it. The runs stay, because other studies may share them; see
   * `unusedRuns`. The study must not be running.
   */
  removeStudy(id: string): void;
  /** The runs of a study, in the order in which they were added. */
  studyRuns(study: string): (StudyRunRecord & { record: RunRecord })[];

  /** Finds a run by its key or the beginning of it. */
  findRun(reference: string): RunRecord | undefined;
  /**
   * Changes the given fields. The status goes `planned -> running -> finished`, and from `stopped` and `failed` back to
   * `running`; any other change throws. So does finishing a run without `correct` and `total`, and changing the result
   * of a finished run.
   */
  updateRun(key: string, change: Partial<Omit<RunRecord, 'key' | 'identity' | 'seed'>>): void;
  /**
   * Sets a run whose final checkpoint is lost back to `planned`; training it again gives the same bytes. This is the
   * only way back from `finished`.
   */
  forgetRun(key: string): void;
  /**
   * Records a training that was done elsewhere, from its first point to its end, in one transaction. Returns the checkpoints that
   * the store has forgotten; undefined, and nothing changes, where the run is finished already.
   */
  finishRun(key: string, finished: FinishedRun): CheckpointRecord[] | undefined;
  /** JSON of where a run was trained; undefined for those that were trained here. */
  place(run: string): string | undefined;
  /** Keys of runs that no study refers to, oldest first. */
  unusedRuns(): string[];
  /**
   * Removes an unused run with everything that was recorded about it. Throws if a study refers to it. Returns its
   * checkpoints, whose files can then be deleted (cleanup.ts).
   */
  removeRun(key: string): CheckpointRecord[];
  /**
   * Records a written checkpoint and the run's step in one transaction. The store keeps one checkpoint per run. Returns
   * the ones that it has forgotten, whose files can then be deleted (cleanup.ts).
   */
  addCheckpoint(checkpoint: CheckpointRecord): CheckpointRecord[];
  /** Forgets a run's checkpoint; the run stays as it ended. Returns it, whose file can then be deleted. */
  removeCheckpoint(run: string): CheckpointRecord[];
  latestCheckpoint(run: string): CheckpointRecord | undefined;
  /** The checkpoints of all runs, sorted by file. */
  checkpoints(): CheckpointRecord[];
  /**
   * Adds points to a run's curve. A point replaces an earlier one of the same step, as do evaluations and snapshots.
   */
  addCurvePoints(run: string, points: readonly CurvePoint[]): void;
  /** Removes points, evaluations, snapshots, numbers about layers and answers after `step`: a run that resumes at a checkpoint reports them again. */
  truncateCurves(run: string, step: number): void;
  curve(run: string): CurvePoint[];
  /** The step of the newest point of a run's curve; undefined where it has none. */
  curveEnd(run: string): number | undefined;
  addEvaluation(run: string, point: EvaluationPoint): void;
  evaluations(run: string): EvaluationPoint[];
  /** Stores what a network says of the held-out images after its last step, in place of earlier answers. */
  setAnswers(run: string, step: number, answers: HeldOutAnswers): void;
  /** Undefined where none are stored: unfinished trainings, and those of older programs. */
  answers(run: string): HeldOutAnswers | undefined;
  addSnapshot(run: string, snapshot: Snapshot): void;
  /** The steps that there are snapshots of, ascending. */
  snapshots(run: string): { step: number }[];
  /** Throws a UserError if the stored snapshot is damaged. */
  snapshot(run: string, step: number): Tensor | undefined;
  /** Numbers about every layer at steps of a base, ascending; empty in those of older programs. */
  layerQualities(run: string): LayersAtStep[];

  /**
   * JSON of what cheap predictors say about a transfer, by the keys of its source base and of the target's own base.
   */
  prediction(source: string, own: string): string | undefined;
  setPrediction(source: string, own: string, facts: string): void;

  /** JSON of what is known about the images of a restored study, which may never have been here, by their whole id. */
  knownImages(id: string): string | undefined;
  setKnownImages(id: string, facts: string): void;
  /** JSON of where a restored study was trained; undefined for one that was trained here. */
  studyOrigin(study: string): string | undefined;
  setStudyOrigin(study: string, facts: string): void;
  /**
   * Adds runs and then their study from a file, in one transaction. The iterable is read one run at a time. A study
   * that is there already stays as it is, but becomes finished if all its runs are. Returns the forgotten checkpoints,
   * as addCheckpoint does.
   */
  restoreRuns(runs: Iterable<RestoredRun>, study?: RestoredStudy): CheckpointRecord[];

  /** JSON of what the window remembers under this key. */
  setting(key: string): string | undefined;
  /** @param value JSON */
  setSetting(key: string, value: string): void;
  /** Whether the store's file is where it was opened, and not moved or removed since. */
  isInPlace(): boolean;
  close(): void;
}

export interface NewRun {
  readonly key: string;
  readonly identity: string;
  readonly seed: string;
  readonly steps: number;
}
