import type { RunStatus, StudyStatus } from '../common/run-state.ts';
import type { Tensor } from './safetensors.ts';

/**
 * The rows of the store as the rest of the program sees them. A run's key is the SHA-256 of what decides its numbers
 * (data, classes, network, hyper-parameters, treatment, source run, seed, engine), so equal runs of two studies are one.
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
  /** JSON of the protocol (study/protocol.ts). */
  readonly protocol: string;
  readonly status: StudyStatus;
  readonly created: string;
  readonly finished: string | null;
  /** Seconds of wall time worked on it, over all sessions. */
  readonly seconds: number;
}

export interface RunRecord {
  readonly key: string;
  /** JSON of what the key is the hash of (study/plan.ts). */
  readonly identity: string;
  readonly seed: string;
  readonly status: RunStatus;
  readonly steps: number;
  /** Last step of which a checkpoint is stored; 0 for none. */
  readonly step: number;
  readonly correct: number | null;
  readonly total: number | null;
  readonly loss: number | null;
  /** The reason of a failure. */
  readonly error: string | null;
  readonly engineVersion: string | null;
  readonly threads: number | null;
  readonly started: string | null;
  readonly finished: string | null;
  /** Seconds of training, over all attempts; of what was done for several runs at once, the run's share. */
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

/** Training loss and accuracy, smoothed over the steps since the last point. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
}

export interface EvaluationPoint {
  readonly step: number;
  readonly loss: number;
  readonly correct: number;
  readonly total: number;
}

/** The first layer's filters [filters, channels, rows, columns] as they were after a step. */
export interface Snapshot {
  readonly step: number;
  readonly weight: Tensor;
}

/** A training out of a study's file, with all that it said. It takes the place of what is stored of it. */
export interface RestoredRun {
  readonly record: RunRecord;
  readonly curve: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly snapshots: readonly Snapshot[];
  readonly checkpoint?: CheckpointRecord;
}

/** A study out of a file. All its runs are stored. */
export interface RestoredStudy {
  readonly record: StudyRecord;
  readonly places: readonly StudyRunRecord[];
  /** Of finished runs that stay as they are and had lost theirs. */
  readonly checkpoints: readonly CheckpointRecord[];
  /** JSON of what is known of its images. */
  readonly images: string;
  /** JSON of where it was trained. */
  readonly origin: string;
  /** As `setPrediction` takes them. */
  readonly predictions: readonly { readonly source: string; readonly own: string; readonly facts: string }[];
}

/** The store, as the study, the command line and the window use it. Synchronous; every write is one transaction. */
export interface Store {
  /** The id is a hash of the content: a set that is there already takes the new name and source. */
  addImageSet(record: ImageSetRecord): void;
  /** Oldest first. */
  imageSets(): ImageSetRecord[];
  /**
   * By id, name (the newest of that name), or prefix of an id. As in the other find methods, a prefix that several ids
   * start with is a UserError that lists them.
   */
  findImageSet(reference: string): ImageSetRecord | undefined;
  /** Forgets a set; its folder is the caller's to delete. */
  removeImageSet(id: string): void;

  /**
   * Adds the study, the runs that are missing and their places in it. Runs of the same key, of this study or another,
   * are reused as they are; a study of the same id and protocol goes on as it is.
   */
  addStudy(record: StudyRecord, runs: readonly { run: NewRun; place: Omit<StudyRunRecord, 'study' | 'run'> }[]): void;
  /** Oldest first. */
  studies(): StudyRecord[];
  /** By id, name (the newest of that name), or prefix of an id. */
  findStudy(reference: string): StudyRecord | undefined;
  /**
   * Studies and runs that are noted as running are stopped: to be called by whoever has just locked the home folder, as
   * nobody can be running them then.
   */
  stopInterrupted(): void;
  updateStudy(id: string, change: { status: StudyStatus; finished?: string; addSeconds?: number }): void;
  /**
   * The study and its runs' places in it. The runs stay, as other studies may share them: see `unusedRuns`. Not while it
   * is running.
   */
  removeStudy(id: string): void;
  /** In the order in which they were added. */
  studyRuns(study: string): (StudyRunRecord & { record: RunRecord })[];

  /** By key or prefix of a key. */
  findRun(reference: string): RunRecord | undefined;
  /**
   * Changes what is given. `planned -> running -> finished` with `stopped` and `failed` leading back to `running`; any
   * other way throws, as does a finished run without `correct` and `total`, or a change of a finished run's result.
   */
  updateRun(key: string, change: Partial<Omit<RunRecord, 'key' | 'identity' | 'seed'>>): void;
  /**
   * A run whose final checkpoint is lost is planned again; training it again gives the same bytes. The only way back
   * from `finished`.
   */
  forgetRun(key: string): void;
  /** Keys of runs that no study refers to, oldest first. */
  unusedRuns(): string[];
  /**
   * Removes such a run with all that was recorded of it; throws where a study refers to it. Returns its checkpoints,
   * whose files may go (cleanup.ts).
   */
  removeRun(key: string): CheckpointRecord[];
  /**
   * Records a written checkpoint and the run's step in one transaction. A run keeps one: returns those it supersedes,
   * which the store has forgotten and whose files may go (cleanup.ts).
   */
  addCheckpoint(checkpoint: CheckpointRecord): CheckpointRecord[];
  latestCheckpoint(run: string): CheckpointRecord | undefined;
  /** Of all runs, by file. */
  checkpoints(): CheckpointRecord[];
  /** A point of a step that has one replaces it; so does an evaluation. */
  addCurvePoints(run: string, points: readonly CurvePoint[]): void;
  /** Points, evaluations and snapshots after `step` are dropped: a run that resumes at a checkpoint says them anew. */
  truncateCurves(run: string, step: number): void;
  curve(run: string): CurvePoint[];
  addEvaluation(run: string, point: EvaluationPoint): void;
  evaluations(run: string): EvaluationPoint[];
  /** A snapshot of a step that has one replaces it. */
  addSnapshot(run: string, snapshot: Snapshot): void;
  /** The steps of which there are snapshots, first to last. */
  snapshots(run: string): { step: number }[];
  /** Throws a UserError where what is stored is damaged. */
  snapshot(run: string, step: number): Tensor | undefined;

  /** JSON of what cheap predictors say of a transfer, by the keys of the base it comes from and of the target's own. */
  prediction(source: string, own: string): string | undefined;
  setPrediction(source: string, own: string, facts: string): void;

  /** JSON of what is known of the images that a restored study is about, which may never have been here. By whole id. */
  knownImages(id: string): string | undefined;
  setKnownImages(id: string, facts: string): void;
  /** JSON of where a restored study was trained; undefined: here. */
  studyOrigin(study: string): string | undefined;
  setStudyOrigin(study: string, facts: string): void;
  /**
   * Takes in runs, and then the study that they are of, in one transaction; runs are asked for one after the other. A
   * study that is there already stays as it is, but is finished when all its runs are. Returns the checkpoints that are
   * forgotten, as addCheckpoint.
   */
  restoreRuns(runs: Iterable<RestoredRun>, study?: RestoredStudy): CheckpointRecord[];

  /** JSON that was set last under this key. */
  setting(key: string): string | undefined;
  /** What the window remembers. @param value JSON */
  setSetting(key: string, value: string): void;
  close(): void;
}

export interface NewRun {
  readonly key: string;
  readonly identity: string;
  readonly seed: string;
  readonly steps: number;
}
